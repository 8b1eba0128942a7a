"""The demo's tasks and reports show each part of the lists."""

from datetime import UTC, datetime

from hub.lab.simulate.scenario.lists import (
    CERTIFICATES,
    reports_about_certificates,
    tasks_before,
)
from hub.settings.town import SHIPPED_TOWN
from hub.town.registers import load_town
from schemas.town.lists import CertificateStatus
from schemas.town.task import Ruling
from streams.town.register import Register

REGISTER = Register.of(load_town(SHIPPED_TOWN))
END = datetime(2026, 11, 26, 4, tzinfo=UTC)


def test_tasks_have_every_ruling() -> None:
    """One is on the list, one is refused, one waits for the county; each has its receivers."""
    tasks = tasks_before(END, REGISTER)
    assert {task.ruling for task in tasks} == set(Ruling)
    assert all(task.receivers for task in tasks)


def test_reports_name_certificates_that_are_kept_and_cancelled() -> None:
    """The same seed gives the same reports."""
    places = REGISTER.town.places
    drawn = [
        report
        for day in CERTIFICATES
        for report in reports_about_certificates(places, day, END, seed=1)
    ]
    again = [r for day in CERTIFICATES for r in reports_about_certificates(places, day, END, 1)]
    assert drawn == again
    mentions = [REGISTER.certificates.mentions("", report.content) for report in drawn]
    assert {mention.status for (mention,) in mentions} == set(CertificateStatus)
