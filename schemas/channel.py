"""The sources 渠道: 13 petition channels, grid patrol, service window, and entries by hand."""

from enum import StrEnum


class Channel(StrEnum):
    """Name of a source in topics, paths and tables."""

    HOTLINE_12345 = "hotline_12345"
    CONSUMER_12315 = "consumer_12315"
    POLICE_110 = "police_110"
    PETITION_LETTERS = "petition_letters"
    LEADER_BOARD = "leader_board"
    MAYOR_MAILBOX = "mayor_mailbox"
    WECHAT_OFFICIAL = "wechat_official"
    OPEN311 = "open311"
    TRANSPORT_12328 = "transport_12328"
    LABOUR_12333 = "labour_12333"
    ENVIRONMENT_12369 = "environment_12369"
    URBAN_12319 = "urban_12319"
    GOVERNANCE_PLATFORM = "governance_platform"
    GRID_PATROL = "grid_patrol"
    SERVICE_ITEMS = "service_items"
    MANUAL_ENTRY = "manual_entry"


CHANNEL_NAMES: dict[Channel, str] = {
    Channel.HOTLINE_12345: "12345政务服务便民热线",
    Channel.CONSUMER_12315: "12315消费者投诉举报",
    Channel.POLICE_110: "110非警务警情",
    Channel.PETITION_LETTERS: "网上信访",
    Channel.LEADER_BOARD: "领导留言板",
    Channel.MAYOR_MAILBOX: "市长信箱",
    Channel.WECHAT_OFFICIAL: "微信公众号",
    Channel.OPEN311: "随手拍",
    Channel.TRANSPORT_12328: "12328交通运输服务",
    Channel.LABOUR_12333: "12333人社服务",
    Channel.ENVIRONMENT_12369: "12369生态环境举报",
    Channel.URBAN_12319: "12319数字城管",
    Channel.GOVERNANCE_PLATFORM: "综治平台",
    Channel.GRID_PATROL: "网格员巡查",
    Channel.SERVICE_ITEMS: "政务服务办件",
    Channel.MANUAL_ENTRY: "人工录入",
}
"""Chinese names of the sources."""

SYSTEMS = tuple(channel for channel in Channel if channel is not Channel.MANUAL_ENTRY)
"""The 15 sources that have a system of their own."""

REPORTING = tuple(channel for channel in SYSTEMS if channel is not Channel.SERVICE_ITEMS)
"""The 14 of them whose reports open cases; a service item 办件 is followed by itself."""
