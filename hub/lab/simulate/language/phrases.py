"""Who hears of what 渠道分工: the troubles that a channel hears of, and its share of the flow."""

from connectors.values.urban_codes import TABLES
from hub.lab.simulate.language.wordings import wordings
from schemas.channel import Channel

URGES = (
    "已经反映过了，{p}的问题还没有解决，请尽快处理",
    "催一下{p}的事，怎么还没人来",
    "{p}现在更严重了，请抓紧",
)
WISHES = ("希望得到一辆轮椅", "想要一台旧电视", "希望有人教用智能手机", "希望得到一副老花镜")
VISITS = ("独居老人身体状况良好", "家中安全用电正常", "留守儿童学习情况良好", "已告知医保缴费时间")

ALONE = ("governance.policy", "welfare.wish")
"""Questions and wishes are each one person's own: there is nothing to bring together."""
ALL = tuple(sorted({one.leaf for told in wordings("learn").values() for one in told} - set(ALONE)))
FAMILIES: dict[Channel, tuple[str, ...]] = {
    Channel.HOTLINE_12345: ALL,
    Channel.WECHAT_OFFICIAL: ALL,
    Channel.LEADER_BOARD: ALL,
    Channel.MAYOR_MAILBOX: ALL,
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
"""Which troubles each channel hears of: families, or single leaves."""

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
"""How many of a hundred messages come from each source."""


def hears(channel: Channel, category: str) -> bool:
    """Return whether citizens tell a channel of such a trouble."""
    return any(
        category == family or category.startswith(f"{family}.") for family in FAMILIES[channel]
    )
