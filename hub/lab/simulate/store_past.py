"""`python -m hub.lab.simulate.store_past` 写入历史: gives the demo's store some weeks of data.

It runs before the hub, in a process of its own, because one process at a time may open the
embedded engine. The hub then finds the history as after a restart: it restores its state from it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import click

from hub.attachments.photos import photo_name
from hub.lab.simulate.past import make_past
from hub.lab.simulate.past_ratings import past_ratings
from hub.lab.simulate.pictures import stage_picture
from hub.lab.simulate.registers import SEED as REGISTER_SEED
from hub.lab.simulate.registers import load_drawn_registers, people_to_visit
from hub.lab.simulate.scenario.deliberations import BOARD, MINUTES, draw_deliberations
from hub.lab.simulate.scenario.lists import tasks_before
from hub.lab.simulate.scenario.projects import day_of_pictures, draw_projects
from hub.publish.followed import follow_people
from hub.runtime.lock import acquire_lock
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import write_private_bytes
from hub.security.credentials import load_or_create_credentials
from hub.security.keyring import make_sealer
from hub.settings import Settings
from hub.sink.rows import TABLES, TableMapping
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.store.registers import store_registers
from hub.store.staff_rows import tasks, township_ratings
from hub.town.models import load_register
from hub.town.patrols import load_patrols
from schemas.base import Frozen
from schemas.cases.case import CaseEvent
from schemas.projects.project import STAGES, Stage
from schemas.topic import CASES, DELIBERATIONS, PROJECTS

SEED = 20260001
"""Seed of the weeks before, unless another one is chosen."""
OWN_DAY = timedelta(hours=20)
"""The demo's own day begins so long before it is sent."""


def store_past(settings: Settings, now: datetime, seed: int = SEED) -> int:
    """Fill an empty store; return how many cases it has then, 0 if it had data before."""
    lock = acquire_lock(settings.data, "serve")
    store = open_store(settings)
    try:
        migrate(store)
        if store.rows("SELECT count() FROM events") != [(0,)]:
            return 0
        register, patrols = load_register(settings), load_patrols(settings.town)
        store_registers(store, register.town, patrols, now - timedelta(days=40))
        sealer, credentials = make_sealer(settings), load_or_create_credentials(settings)
        people = people_to_visit(register.town, sealer, REGISTER_SEED)
        bodies = make_past(register, patrols, sealer, credentials, now - OWN_DAY, seed, people)
        pictures = _keep_pictures(settings, now)
        projects = draw_projects(register.town, now, seed, pictures)
        bodies[PROJECTS.name] = [*projects]
        entries = [body for body in bodies.get(CASES.name, []) if isinstance(body, CaseEvent)]
        bodies[DELIBERATIONS.name] = [
            *draw_deliberations(
                register.town,
                now,
                seed,
                {MINUTES: pictures[Stage.AGREED], BOARD: pictures[Stage.PUBLICATION]},
                cases={entry.case_id: entry.case for entry in entries}.values(),
                projects=projects,
            )
        ]
        for table in TABLES:
            _insert(store, table, bodies.get(table.topic, []))
        rows = [tasks.row_of(task, now) for task in tasks_before(now, register)]
        store.insert("tasks", tasks.COLUMNS, rows)
        load_drawn_registers(store, register.town, sealer, REGISTER_SEED, now)
        follow_people(store, (now - timedelta(days=40)).date())
        ratings = past_ratings(entries, register, sealer, now - OWN_DAY, seed)
        if ratings:
            store.insert("township_ratings", township_ratings.COLUMNS, ratings)
        return int(store.rows("SELECT count() FROM cases FINAL")[0][0])
    finally:
        store.close()
        if lock:
            lock.close()


def _keep_pictures(settings: Settings, now: datetime) -> dict[Stage, str]:
    """Write a picture of each stage into the folder of photos; return their names."""
    folder = DataPaths(settings.data).photos / day_of_pictures(now)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    names = {}
    for stage in STAGES:
        picture = stage_picture(stage)
        names[stage] = photo_name(picture)
        write_private_bytes(folder / names[stage], picture)
    return names


def _insert(store: Store, table: TableMapping, bodies: Sequence[Frozen]) -> None:
    if table.newest is not None:
        newest = {table.newest(body)[0]: body for body in bodies}
        bodies = list(newest.values())
    if bodies:
        values = (body.model_dump_json().encode() for body in bodies)
        store.insert_columns(table.name, table.column_values(bodies, values))


@click.command()
@click.option("--seed", default=SEED, show_default=True)
def main(seed: int) -> None:
    """Fill the empty store of the settings."""
    cases = store_past(Settings(), datetime.now(UTC), seed)
    click.echo(f"hub: {cases} cases of the weeks before", err=True)


if __name__ == "__main__":
    main()
