"""Money of a project 项目资金: where it comes from, and how much."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Frozen
from schemas.projects.project import YUAN


class MoneySource(StrEnum):
    """Where money comes from."""

    DONATION = "donation"
    SUBSIDY = "subsidy"
    BUDGET = "budget"
    COLLECTIVE = "collective"
    RESIDENTS = "residents"
    LABOUR = "labour"
    OTHER = "other"


SOURCE_NAMES: dict[MoneySource, str] = {
    MoneySource.DONATION: "捐赠",
    MoneySource.SUBSIDY: "以奖代补",
    MoneySource.BUDGET: "财政资金",
    MoneySource.COLLECTIVE: "集体出资",
    MoneySource.RESIDENTS: "群众自筹",
    MoneySource.LABOUR: "投工投劳折款",
    MoneySource.OTHER: "其他",
}
"""Chinese names of the sources."""
NOBODY = "匿名"
"""Shown in place of a donor who wants no name."""


class PlannedMoney(Frozen):
    """How much a project is to receive from a source 资金计划."""

    source: MoneySource
    amount: str = Field(pattern=YUAN, description="yuan, with two decimals")


class Money(Frozen):
    """One amount that a project has received.

    A donor who wants no name has none in the record, so no page or query can show it. The name of a
    person is masked before it is recorded (张*); that of an organisation is in full.
    """

    source: MoneySource
    amount: str = Field(pattern=YUAN, description="yuan, with two decimals")
    donor: str = Field(default="", description="name as it may be shown; empty: anonymous, or none")

    @property
    def shown_donor(self) -> str:
        """The donor as people read it: 匿名 for a donation without a name."""
        return self.donor or (NOBODY if self.source is MoneySource.DONATION else "")
