"""The projects of the demo: a dozen, by the rules, with some of every kind to look at."""

from datetime import UTC, datetime

from hub.attachments.photos import NAME, photo_name
from hub.lab.simulate.pictures import stage_picture
from hub.lab.simulate.scenario.projects import draw_projects
from hub.settings import Settings
from hub.town.registers import load_town
from schemas.projects.fold import Project, ProjectState, project_of
from schemas.projects.project import STAGES

END = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
PICTURES = {stage: f"{number:064x}.jpg" for number, stage in enumerate(STAGES)}


def drawn() -> list[Project]:
    """Return the projects of the shipped town."""
    records = draw_projects(load_town(Settings().town), END, 1, PICTURES)
    codes = dict.fromkeys(record.code for record in records)
    folded = [project_of([r for r in records if r.code == code]) for code in codes]
    return [project for project in folded if project is not None]


def test_a_dozen_projects_are_at_all_stages() -> None:
    """Some are overdue, some finished, and money has come in with and without a name."""
    projects = drawn()
    assert len(projects) == 12
    assert {project.present.stage for project in projects} == set(STAGES)
    assert {project.state for project in projects} == {ProjectState.OPEN, ProjectState.FINISHED}
    assert any(project.days_late(END) for project in projects)
    assert max(project.changed_at for project in projects) < END
    donors = {item.money.shown_donor for project in projects for item in project.money}
    assert "匿名" in donors


def test_the_same_seed_draws_the_same_projects() -> None:
    """Records have the same ids, so a second start adds nothing."""
    assert drawn() == drawn()


def test_each_stage_has_a_picture_of_its_own() -> None:
    """The pictures are JPEGs whose names are those that the hub gives."""
    names = {photo_name(stage_picture(stage)) for stage in STAGES}
    assert len(names) == len(STAGES)
    assert all(NAME.fullmatch(name) for name in names)
    assert stage_picture(STAGES[0]).startswith(b"\xff\xd8")
