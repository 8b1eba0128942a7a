"""Who reaches the pages of the workbench, and how a page leads to the login."""

from pathlib import Path

import pytest
from yarl import URL

from hub.accounts.staff import StaffRole
from hub.overview.access import OPEN_ROUTES
from hub.store.client import Store
from hub.workbench.access import local_path
from hub.workbench.static_files import FILES, ROOT, SUFFIXES
from tests.hub.workbench.site import Site, latin_words, serve

PAGES = ("/work", "/work/queues/triage", "/work/queues/open", "/work/design")


def test_without_a_session_a_page_leads_to_the_login(store: Store, tmp_path: Path) -> None:
    """The login gets the whole address, so that it can lead back; data and scripts get a 401."""

    async def talk(site: Site) -> None:
        for path in (*PAGES, "/work/queues/open?words=%E8%B7%AF&sort=due"):
            there = URL(await site.redirect(path))
            assert (there.path, dict(there.query)) == ("/", {"next": path})
        for path, headers in (("/work/live", {}), (PAGES[1], {"X-Region": "list"})):
            answer = await site.client.get(
                path, headers={"Accept": "text/html", **headers} if headers else {}
            )
            assert answer.status == 401

    serve(store, tmp_path, talk)


def test_every_route_needs_a_session(store: Store, tmp_path: Path) -> None:
    """A new route of the workbench needs a session, unless it is on the reviewed list."""

    async def talk(site: Site) -> None:
        app = site.client.app
        assert app is not None
        refused = set()
        for route in app.router.routes():
            path = route.resource.canonical if route.resource else ""
            if route.method == "HEAD" or path in OPEN_ROUTES:
                continue
            answer = await site.client.request(
                route.method, path.replace("{", "").replace("}", ""), allow_redirects=False
            )
            assert (answer.status, path) == (401, path)
            refused.add(path)
        assert refused >= {"/work", "/work/live", "/work/pairs", "/work/commands", "/work/filters"}

    serve(store, tmp_path, talk)


def test_every_page_is_in_chinese(store: Store, tmp_path: Path) -> None:
    """No page, also not that of a problem, shows an English word, a code or a field name."""

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        for path in PAGES[1:]:
            assert latin_words(await site.page(path)) == [], path
        assert latin_words(await site.page("/work/queues/none", 404)) == []
        assert latin_words(await site.page("/work/queues/open?sort=x&sort=y", 400)) == []

    serve(store, tmp_path, talk)


def test_styles_and_scripts_need_no_session(store: Store, tmp_path: Path) -> None:
    """Listed files are served without a session; other names are not found."""

    async def talk(site: Site) -> None:
        for name in FILES:
            answer = await site.client.get(f"/work/static/{name}")
            assert (answer.status, len(await answer.read()) > 0) == (200, True)
        for name in ("page.py", "..%2Fpage.py", "layout.html"):
            assert (await site.client.get(f"/work/static/{name}")).status == 404

    serve(store, tmp_path, talk)


def test_static_names_are_unique() -> None:
    """Two features cannot hide each other's files."""
    assert len(FILES) == len([p for p in ROOT.glob("**/static/*") if p.suffix in SUFFIXES])


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/work/queues/open?sort=due", "/work/queues/open?sort=due"),
        ("//other.example/", "/work"),
        ("/\\other.example/", "/work"),
        ("https://other.example/", "/work"),
        ("/work\r\nSet-Cookie: a=b", "/work"),
        ("", "/work"),
    ],
)
def test_a_form_leads_to_pages_of_this_site_only(text: str, path: str) -> None:
    """A path that a browser could read as another site becomes the default."""
    assert local_path(text, "/work") == path


def test_a_button_ends_the_session_with_its_token_only(store: Store, tmp_path: Path) -> None:
    """退出 leads to the login, and is audited; without its token nothing ends."""

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        assert 'action="/work/logout"' in await site.page("/work/design")
        for token in ("x", "令牌"):
            assert (await site.send("/work/logout", csrf=token)).status == 400
        assert "退出" in await site.page("/work/design")
        answer = await site.send("/work/logout")
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        assert (await site.redirect("/work/design")).startswith("/?next=")
        assert [line[0] for line in site.audit()] == ["login", "logout"]

    serve(store, tmp_path, talk)
