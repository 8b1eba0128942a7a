"""The right to look into the register of people 台账查看权限. Pure data.

Nobody has it by his role. It names an area, the classes of people, and its last day (个人信息保护法
art. 51: operating permissions on personal data are limited to what the work needs).
"""

from datetime import date

from pydantic import Field

from schemas.base import Frozen
from schemas.registers.person_class import PersonClass

MOST_DAYS = 366
"""Days for which a right is given; then somebody decides again."""


class RegisterRight(Frozen):
    """What one member may open: people of these classes, in this area, up to a day."""

    area: str = Field(min_length=1, description="code of a county, township, village or grid")
    classes: tuple[PersonClass, ...] = Field(
        default=(), description="only these classes are listed, opened and shown"
    )
    residents: bool = Field(
        default=False, description="also anybody in the area by ID number; classes stay hidden"
    )
    until: date = Field(description="last day, in Beijing time")

    def holds_on(self, day: date) -> bool:
        """Whether the right is valid on a day."""
        return day <= self.until

    def shown(self, classes: tuple[str, ...]) -> tuple[PersonClass, ...]:
        """Return those of a person's classes that the member may know."""
        return tuple(known for known in self.classes if known in classes)
