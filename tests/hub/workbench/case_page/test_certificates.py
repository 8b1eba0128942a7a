"""The page of a case shows what the list says of the certificates in its reports."""

from pathlib import Path

import pytest

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from hub.workbench.case_page.certificates import answer_of, certificate_views, list_text
from hub.workbench.commands.answers import GAP
from schemas.cases.case import Case, Move
from schemas.reports.certificate import CertificateMention, CertificateUse
from schemas.reports.event import UnifiedEvent
from schemas.topic import CASES
from schemas.town.lists import Certificate, CertificateStatus
from streams.town.certificates import CertificateIndex
from tests.builders.commands import ask
from tests.builders.stored import keep
from tests.builders.town import TOWN, event
from tests.hub.workbench.search.test_search import case_of, fill
from tests.hub.workbench.site import Site, latin_words, serve

INDEX = CertificateIndex.of(TOWN.certificates)
SINGLE = CertificateMention(
    name="婚姻状况证明", status=CertificateStatus.CANCELLED, use=CertificateUse.COMPLAINS
)


def report(*, confidential: bool = False) -> UnifiedEvent:
    """Return a report that complains of being asked for a cancelled certificate."""
    document = event("n1", content="银行非要单身证明，社区不给开", confidential=confidential)
    return document.model_copy(update={"certificates": (SINGLE,)})


def accepted(store: Store, document: UnifiedEvent) -> Case:
    """Store the case of a report, accepted by its unit."""
    state = fill(store, document)
    effects = ask(state, case_of(state, "n1"), Move.ACCEPT)
    keep(store, CASES.name, *effects.case_events)
    return case_of(state, "n1")


def test_the_unit_sees_the_entry_of_the_list_and_its_answer(store: Store, tmp_path: Path) -> None:
    """Cancelled by which paper, replaced by what; the answer is the first template."""
    case = accepted(store, report())

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        page = await site.page(f"/cases/{case.number}")
        assert "清单已取消，依据县民发〔2021〕6号，由城管局改为：本人书面承诺。" in page
        assert "反映被索要或开不出" in page
        assert page.index("婚姻状况证明：已取消") < page.index(">已解决<")
        assert latin_words(page.replace(case.number, "")) == []

    serve(store, tmp_path, talk)


def test_a_case_without_a_certificate_has_no_such_part(store: Store, tmp_path: Path) -> None:
    """Most cases are about something else."""
    case = accepted(store, event("n1"))

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        assert "证明清单" not in await site.page(f"/cases/{case.number}")

    serve(store, tmp_path, talk)


def test_a_confidential_case_shows_them_to_its_unit_only(store: Store, tmp_path: Path) -> None:
    """The certificate may say who reports."""
    case = accepted(store, report(confidential=True))

    async def talk(site: Site) -> None:
        await site.log_in("主任", StaffRole.CITY)
        assert "证明清单" not in await site.page(f"/cases/{case.number}")
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        assert "证明清单" in await site.page(f"/cases/{case.number}")

    serve(store, tmp_path, talk)


def test_each_certificate_is_shown_once_with_all_that_reports_say() -> None:
    """One that has left the list since is left out."""
    rows = [
        {"certificates": ["婚姻状况证明", "旧证明"], "certificate_uses": ["asks", "asks"]},
        {"certificates": ["婚姻状况证明"], "certificate_uses": ["complains"]},
        {"certificates": ["婚姻状况证明"], "certificate_uses": ["asks"]},
    ]
    (view,) = certificate_views(rows, INDEX)
    assert (view.name, view.uses) == ("婚姻状况证明", "要求开具、反映被索要或开不出")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            Certificate(name="居住证明", status=CertificateStatus.KEPT, ground="7号"),
            "清单保留，由村（社区）出具，依据7号，用证单位需要。",
        ),
        (
            Certificate(name="甲证明", status=CertificateStatus.CANCELLED, department="*"),
            "清单已取消，用证单位不再要求提供。",
        ),
    ],
)
def test_what_the_list_lacks_is_left_out(line: Certificate, text: str) -> None:
    """A city may have no paper, no department or no replacement in its list."""
    assert list_text(line) == text


@pytest.mark.parametrize("status", CertificateStatus)
def test_an_answer_has_gaps_for_what_was_done(status: CertificateStatus) -> None:
    """An answer that nobody has completed is refused."""
    answer = answer_of(Certificate(name="甲证明", status=status))
    assert GAP in answer.text
    assert answer.text.startswith("甲证明")
