"""Which role may use which route: each route of the workbench is on the list below.

A route that is on no list fails: whoever adds one decides whom it is for, and adds it here.
"""

from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.overview.access import OPEN_ROUTES
from hub.store.client import Store
from tests.hub.workbench.site import Site, serve

CITY, TOWNSHIP, UNIT = StaffRole.CITY, StaffRole.TOWNSHIP, StaffRole.UNIT
AUDITOR, WORKER = StaffRole.AUDITOR, StaffRole.GRID_WORKER
OFFICES = {CITY, TOWNSHIP, UNIT, AUDITOR}
HANDLERS = {CITY, TOWNSHIP, UNIT}
COUNTY = {CITY, AUDITOR}
EVERYBODY = {*OFFICES, WORKER}
ATTACHMENT = "/cases/{case}/reports/{report}/attachments/{number}"
ALLOWED: dict[str, set[StaffRole]] = {
    # What a member may see and command of a case is decided case by case.
    "GET /cases/{case}": OFFICES,
    "GET /cases/{case}/reports": OFFICES,
    "POST /cases/{case}/contacts": OFFICES,
    "GET /cases/{case}/contacts": OFFICES,
    "POST /cases/{case}/person": OFFICES,
    "GET /cases/{case}/person": OFFICES,
    f"GET {ATTACHMENT}": OFFICES,
    f"GET {ATTACHMENT}/thumbnail": OFFICES,
    "GET /cases/{case}/sheets/{sheet}.pdf": OFFICES,
    "POST /cases/{case}/resolve": OFFICES,
    "GET /cases/{case}/resolve": OFFICES,
    "POST /cases/{case}/firm": HANDLERS,
    "GET /cases/{case}/firm": OFFICES,
    "GET /cases/{case}/photos/{name}": OFFICES,
    "GET /cases/{case}/photos/{name}/thumbnail": OFFICES,
    "POST /work/commands": OFFICES,
    "GET /work": OFFICES,
    "GET /work/live": OFFICES,
    "GET /work/queues/{queue}": OFFICES,
    "POST /work/filters": OFFICES,
    "GET /work/places": OFFICES,
    "GET /work/pairs": {CITY, TOWNSHIP},
    "GET /work/merge-choices": {CITY, TOWNSHIP},
    "POST /work/logout": OFFICES,
    "GET /work/search": OFFICES,
    "POST /work/search": OFFICES,
    "GET /api/search": OFFICES,
    "GET /work/new": HANDLERS,
    "POST /work/new": HANDLERS,
    "GET /work/new/places": HANDLERS,
    "POST /work/new/similar": HANDLERS,
    "GET /work/new/{entry}": HANDLERS,
    "GET /work/notices": OFFICES,
    "GET /work/ratings": {TOWNSHIP, UNIT},
    "POST /work/ratings": {TOWNSHIP, UNIT},
    "POST /work/ratings/task": {TOWNSHIP, UNIT},
    "GET /work/department-ratings": OFFICES,
    "GET /work/services": OFFICES,
    "GET /work/deliveries": COUNTY,
    "POST /work/deliveries/replay": {CITY},
    "POST /work/deliveries/enable": {CITY},
    # Which projects a member sees and changes is decided project by project.
    "GET /work/projects": OFFICES,
    "GET /work/projects/new": HANDLERS,
    "POST /work/projects/new": HANDLERS,
    "GET /work/projects/{project}": OFFICES,
    "POST /work/projects/{project}/stage": HANDLERS,
    "POST /work/projects/{project}/money": HANDLERS,
    "POST /work/projects/{project}/plan": HANDLERS,
    "POST /work/projects/{project}/cancel": HANDLERS,
    "POST /work/projects/{project}/stop": HANDLERS,
    "GET /work/projects/{project}/photos/{name}": OFFICES,
    "GET /work/projects/{project}/board.pdf": OFFICES,
    # Deliberations too, and the unit that carries one out sees it as well.
    "GET /work/deliberations": OFFICES,
    "GET /work/deliberations/new": HANDLERS,
    "POST /work/deliberations/new": HANDLERS,
    "GET /work/deliberations/{deliberation}": OFFICES,
    "POST /work/deliberations/{deliberation}/step": HANDLERS,
    "POST /work/deliberations/{deliberation}/objection": HANDLERS,
    "POST /work/deliberations/{deliberation}/answer": HANDLERS,
    "POST /work/deliberations/{deliberation}/link": HANDLERS,
    "POST /work/deliberations/{deliberation}/withdraw": HANDLERS,
    "GET /work/deliberations/{deliberation}/photos/{name}": OFFICES,
    "GET /work/deliberations/{deliberation}/notice.pdf": OFFICES,
    "GET /work/digest": COUNTY,
    "GET /work/digest/{day}": COUNTY,
    "GET /work/digest/{day}/paper": COUNTY,
    "GET /work/digest/{day}/{list}": OFFICES,
    "GET /work/burdens": {CITY, TOWNSHIP, AUDITOR},
    "POST /work/burdens": {CITY, TOWNSHIP},
    "POST /work/burdens/decide": {CITY},
    "GET /work/grids": {CITY, TOWNSHIP, AUDITOR},
    "GET /work/grids/{grid}": {CITY, TOWNSHIP, AUDITOR},
    "GET /work/visits": {CITY, TOWNSHIP, AUDITOR},
    # No role opens people of the register; a member needs a right.
    "GET /work/registers": set(),
    "POST /work/registers": set(),
    "GET /work/registers/looks": {AUDITOR},
    "GET /work/design": OFFICES,
    "GET /patrol": {WORKER},
    "GET /patrol/data": {WORKER},
    "POST /patrol/records": {WORKER},
    "POST /patrol/wishes/{case_id}": {WORKER},
    "PUT /patrol/photos/{name}": {WORKER},
    "GET /patrol/photos/{name}": OFFICES,
    "GET /api/grids": OFFICES,
    "POST /api/logout/everywhere": EVERYBODY,
    "POST /api/password": EVERYBODY,
}
"""Method and route → the roles that are not refused because of their role."""
CHANGES_NOTHING = {"POST /api/logout/everywhere", "POST /work/logout"}
"""With their token they would end the session of the test, so they are asked without."""
READS_FORM_LATER = {
    "POST /cases/{case}/resolve",
    "POST /work/projects/{project}/stage",
    "POST /work/deliberations/{deliberation}/step",
}
"""They look for the case, project or deliberation before they read the form with its files.

Their tokens are tested in `test_resolve.py`, `test_project_page.py` and
`test_deliberation_page.py`.
"""
NOBODY = "00000000-0000-0000-0000-000000000001"
FILLED = {
    "case": NOBODY,
    "case_id": NOBODY,
    "report": NOBODY,
    "number": "0",
    "grid": "G1",
    "sheet": "reply",
    "queue": "open",
    "entry": "RL20260302-00000000",
    "day": "2026-03-02",
    "list": "opened",
    "project": "7K3M9P2QX4",
    "deliberation": "7K3M9P2QX4",
    "name": f"{'0' * 64}.jpg",
}
UNITS = {TOWNSHIP: "U-T", UNIT: "U-V", WORKER: "W1"}


@pytest.mark.parametrize("role", StaffRole)
def test_a_role_reaches_only_the_routes_that_are_for_it(
    store: Store, tmp_path: Path, role: StaffRole
) -> None:
    """Every other route answers 403, also with the right token; none answers 500."""

    async def talk(site: Site) -> None:
        await site.log_in("某人", role, UNITS.get(role, ""))
        app = site.client.app
        assert app is not None
        reached, routes = set(), set()
        for route in app.router.routes():
            path = route.resource.canonical if route.resource else ""
            if route.method == "HEAD" or path in OPEN_ROUTES:
                continue
            name = f"{route.method} {path}"
            routes.add(name)
            token = "" if name in CHANGES_NOTHING else site.csrf
            answer = await site.client.request(
                route.method,
                path.format(**FILLED),
                headers={"X-CSRF-Token": token},
                allow_redirects=False,
            )
            assert answer.status < 500, (name, await answer.text())
            if answer.status != 403:
                reached.add(name)
        assert routes == ALLOWED.keys()
        wanted = {name for name, roles in ALLOWED.items() if role in roles}
        if role is WORKER:
            # A bookmark of the workbench leads him to his page.
            wanted.add("GET /work")
        assert reached == wanted

    serve(store, tmp_path, talk)


@pytest.mark.parametrize("role", [CITY, WORKER])
def test_whatever_changes_something_needs_the_token_of_its_session(
    store: Store, tmp_path: Path, role: StaffRole
) -> None:
    """Without a token, with that of somebody else, and in an address it is refused."""

    async def talk(site: Site) -> None:
        await site.log_in("别人", CITY)
        foreign = site.csrf
        await site.log_in("某人", role, UNITS.get(role, ""))
        for name, roles in ALLOWED.items():
            method, _, path = name.partition(" ")
            if method == "GET" or role not in roles or name in READS_FORM_LATER:
                continue
            address = path.format(**FILLED)
            for headers in ({}, {"X-CSRF-Token": foreign}, {"X-CSRF-Token": ""}):
                answer = await site.client.request(
                    method, f"{address}?csrf={site.csrf}", headers=headers
                )
                assert answer.status == 400, (name, headers, await answer.text())
            answer = await site.client.request(
                method,
                address,
                headers={"X-CSRF-Token": site.csrf, "Origin": "https://other.example"},
            )
            assert answer.status == 400, name

    serve(store, tmp_path, talk)
