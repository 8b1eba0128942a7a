"""The reports of each channel 渠道分工: its issue classes, and its share of all messages."""

from connectors.values.urban_codes import TABLES
from hub.lab.simulate.language.wordings import wordings
from schemas.channel import Channel

FOLLOW_UPS = (
    "已经反映过了，{p}的问题还没有解决，请尽快处理",
    "催一下{p}的事，怎么还没人来",
    "{p}现在更严重了，请抓紧",
)
WISHES = ("希望得到一辆轮椅", "想要一台旧电视", "希望有人教用智能手机", "希望得到一副老花镜")
VISITS = ("独居老人身体状况良好", "家中安全用电正常", "留守儿童学习情况良好", "已告知医保缴费时间")

NEVER_MERGED = (
    *("governance.policy", "welfare.wish", "welfare.veterans", "welfare.civil"),
    *("labour.retirement", "labour.employment", "education.exam", "health.birth"),
    *("police.household", "police.traffic", "legal.service", "farming.subsidy"),
    "other.unknown",
)
"""Leaves that are never merged: a question, a wish or the papers of one person, and no matter."""
ALL_LEAVES = tuple(
    sorted(
        {text.leaf for texts in wordings("learn").values() for text in texts} - set(NEVER_MERGED)
    )
)
ACCEPTED: dict[Channel, tuple[str, ...]] = {
    Channel.HOTLINE_12345: ALL_LEAVES,
    Channel.WECHAT_OFFICIAL: ALL_LEAVES,
    Channel.LEADER_BOARD: ALL_LEAVES,
    Channel.MAYOR_MAILBOX: ALL_LEAVES,
    Channel.GRID_PATROL: ("facility", "environment", "order", "safety"),
    Channel.OPEN311: ("facility", "environment", "order"),
    Channel.URBAN_12319: tuple(sorted({leaf.category for leaf in TABLES["2023"].values()})),
    Channel.CONSUMER_12315: ("market",),
    Channel.POLICE_110: ("environment.noise", "dispute", "order.parking", "order.pets"),
    Channel.PETITION_LETTERS: ("dispute", "labour.wages", "housing", "order.construction"),
    Channel.TRANSPORT_12328: ("transport",),
    Channel.LABOUR_12333: ("labour",),
    Channel.ENVIRONMENT_12369: ("environment",),
    Channel.GOVERNANCE_PLATFORM: ("dispute",),
}
"""The categories that each channel accepts: families, or single leaves."""

SHARES: dict[Channel, int] = {
    Channel.HOTLINE_12345: 34,
    Channel.WECHAT_OFFICIAL: 10,
    Channel.GRID_PATROL: 12,
    Channel.OPEN311: 7,
    Channel.URBAN_12319: 7,
    Channel.POLICE_110: 6,
    Channel.CONSUMER_12315: 5,
    Channel.LEADER_BOARD: 4,
    Channel.ENVIRONMENT_12369: 3,
    Channel.TRANSPORT_12328: 3,
    Channel.GOVERNANCE_PLATFORM: 3,
    Channel.LABOUR_12333: 2,
    Channel.PETITION_LETTERS: 2,
    Channel.MAYOR_MAILBOX: 2,
}
"""Messages of each channel, in percent of all messages."""


def accepts(channel: Channel, category: str) -> bool:
    """Return whether a channel receives reports of this category."""
    return any(
        category == family or category.startswith(f"{family}.") for family in ACCEPTED[channel]
    )
