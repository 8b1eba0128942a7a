"""Service items 服务事项办件: what a citizen applies for at a window, stage by stage.

Stages follow 行政许可法 and the words of the national platform 全国一体化政务服务平台. The promised
time 承诺时限 is in working days 工作日 from the acceptance 受理 to the decision 决定. Days of a
correction 补正 or a special procedure 特别程序 do not count (行政许可法 articles 32, 45, 82).
"""

from enum import StrEnum

from pydantic import Field

from schemas.base import Frozen, Instant

MOST_DAYS = 2000
"""Longest promise in working days; a larger number is a slip of the sender."""


class ServiceStage(StrEnum):
    """What has happened to an item."""

    APPLIED = "applied"
    """申请"""
    ACCEPTED = "accepted"
    """受理: the clock starts"""
    CORRECTION = "correction"
    """补正: the applicant must complete his papers; the clock stops"""
    CORRECTED = "corrected"
    """补正完成: the clock goes on"""
    SPECIAL = "special"
    """特别程序: hearing, test, expert review, publication; the clock stops"""
    RESUMED = "resumed"
    """特别程序结束: the clock goes on"""
    REVIEWED = "reviewed"
    """审查"""
    DECIDED = "decided"
    """决定 or 办结: the promise is met or missed"""
    CERTIFIED = "certified"
    """制证"""
    DELIVERED = "delivered"
    """送达"""
    WITHDRAWN = "withdrawn"
    """撤回: the applicant has withdrawn it"""
    REFUSED = "refused"
    """不予受理"""
    REOPENED = "reopened"
    """重新办理: what came before does not count any more"""


STAGE_NAMES: dict[ServiceStage, str] = {
    ServiceStage.APPLIED: "申请",
    ServiceStage.ACCEPTED: "受理",
    ServiceStage.CORRECTION: "补正",
    ServiceStage.CORRECTED: "补正完成",
    ServiceStage.SPECIAL: "特别程序",
    ServiceStage.RESUMED: "特别程序结束",
    ServiceStage.REVIEWED: "审查",
    ServiceStage.DECIDED: "决定",
    ServiceStage.CERTIFIED: "制证",
    ServiceStage.DELIVERED: "送达",
    ServiceStage.WITHDRAWN: "撤回",
    ServiceStage.REFUSED: "不予受理",
    ServiceStage.REOPENED: "重新办理",
}
"""Chinese names of the stages."""


class Service(Frozen):
    """One stage of one service item, as the window system 窗口系统 sends it."""

    item_code: str = Field(default="", description="事项编码, of the list of items 事项目录")
    item_name: str = Field(min_length=1, description="事项名称")
    theme: str = Field(default="", description="一件事 that the item belongs to")
    stage: ServiceStage
    step: str = Field(
        default="",
        description="环节序号: the same stage with the same step replaces what was sent before",
    )
    promised_days: int | None = Field(
        default=None, ge=0, le=MOST_DAYS, description="承诺时限 in working days; 0: at once 即办"
    )
    promised_at: Instant | None = Field(default=None, description="承诺办结时间")
    department: str = Field(default="", description="name of the office that handles it")
    unit: str = Field(default="", description="code of that office, as the window system has it")
