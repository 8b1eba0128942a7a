"""What people say 诉求用语: several wordings of one trouble, as different citizens tell it.

`{p}` is the place. The first wordings tell the trouble, the last ones add to it (催办).
"""

from schemas.channel import Channel

PHRASES: dict[str, tuple[str, ...]] = {
    "facility.streetlight": (
        "{p}的路灯坏了好几天，晚上黑漆漆的，老人出门不安全",
        "反映{p}附近路灯不亮，希望尽快维修",
        "{p}路灯时亮时不亮，孩子放学看不清路",
        "你好，{p}门口的路灯灭了，什么时候能修？",
    ),
    "facility.manhole": (
        "{p}有个井盖破损，车子压过去哐哐响，很危险",
        "{p}路边窨井盖不见了，请马上处理",
        "井盖松动，位置在{p}，昨天差点绊倒人",
    ),
    "facility.road": (
        "{p}路面坑洼不平，下雨全是水坑",
        "{p}的人行道砖翘起来了，骑车摔过人",
        "请修一修{p}前面的路，破损严重",
    ),
    "facility.water": (
        "{p}从昨晚开始停水，没有任何通知",
        "{p}自来水水压太小，楼上用不上水",
        "{p}水管爆了，水流了一地",
    ),
    "facility.drainage": (
        "{p}一下雨就积水，下水道堵塞没人管",
        "{p}下水道堵了，污水外溢，气味难闻",
        "{p}内涝严重，车都进不去",
    ),
    "environment.garbage": (
        "{p}垃圾堆了一个星期没人清运，臭气熏天",
        "{p}的垃圾桶满了，垃圾散落一地",
        "{p}旁边成了卫生死角，到处是垃圾",
    ),
    "environment.noise": (
        "{p}每天晚上广场舞噪音扰民，没法休息",
        "{p}夜里十一点还在施工，噪声太大",
        "{p}的音响声音很大，噪音扰民，老人心脏受不了",
    ),
    "environment.air": (
        "{p}楼下饭店油烟直排，窗户都不敢开",
        "{p}附近有人焚烧秸秆，烟很呛人",
        "{p}有刺鼻异味，怀疑有厂子偷排废气",
    ),
    "environment.water": (
        "{p}旁边的河水发黑发臭，有人排污",
        "{p}的小河里全是污水，鱼都死了",
    ),
    "order.parking": (
        "{p}门口乱停车，占用消防通道",
        "{p}两边违停严重，公交都过不去",
        "{p}机动车停在人行道上，行人只能走马路",
    ),
    "order.vendor": (
        "{p}流动摊贩占道经营，堵得走不动",
        "{p}早上摆摊占道，路都没法走",
    ),
    "order.construction": (
        "{p}有住户在楼顶违建，影响采光",
        "{p}一楼私自搭建，请城管来看看",
    ),
    "order.pets": (
        "{p}流浪狗成群，吓到小孩",
        "{p}有人遛狗不牵绳，差点咬到人",
    ),
    "housing.property": (
        "{p}物业收费不干活，保安形同虚设",
        "{p}物业费涨了，服务却越来越差",
    ),
    "housing.lift": (
        "{p}电梯三天两头坏，老人被困过",
        "{p}的电梯停运一周了，高层怎么上下？",
    ),
    "market.food": (
        "在{p}旁的超市买到过期牛奶，要求退款",
        "{p}一家餐饮店食品变质，吃了拉肚子",
    ),
    "market.consumer": (
        "{p}的健身房关门，预付卡不退款",
        "在{p}买的家电是假货，商家拒绝退货",
    ),
    "labour.wages": (
        "{p}工地拖欠农民工工资三个月",
        "在{p}干活，老板欠薪不给，说没钱",
    ),
    "labour.insurance": (
        "单位在{p}，没有给我缴纳社保",
        "咨询{p}企业职工养老保险转移，单位不配合社保手续",
    ),
    "transport.bus": (
        "{p}站公交车到站不停，等了半小时",
        "{p}的公交线路改了没有通知",
    ),
    "transport.taxi": (
        "在{p}打车，出租车司机绕路不打表",
        "{p}网约车拒载，态度恶劣",
    ),
    "transport.road": (
        "{p}路口红绿灯坏了，交通混乱",
        "{p}公路护栏被撞坏，没人修",
    ),
    "dispute.neighbour": (
        "{p}楼上邻居半夜吵闹，多次沟通无果，邻里矛盾很大",
        "{p}邻居占用公共过道堆放杂物，两家争吵",
    ),
    "dispute.land": (
        "{p}征地补偿款一直没有到位",
        "{p}宅基地边界有争议，请求确权",
    ),
    "safety.fire": (
        "{p}有人飞线充电，消防隐患很大",
        "{p}消防通道堵死，灭火器是空的",
    ),
    "safety.hazard": (
        "{p}外墙瓷砖坠落，砸到车，隐患严重",
        "{p}旁有一处危房，随时会倒，太危险",
    ),
}

URGES = (
    "已经反映过了，{p}的问题还没有解决，请尽快处理",
    "催一下{p}的事，怎么还没人来",
    "{p}现在更严重了，请抓紧",
)
WISHES = ("希望得到一辆轮椅", "想要一台旧电视", "希望有人教用智能手机", "希望得到一副老花镜")
VISITS = ("独居老人身体状况良好", "家中安全用电正常", "留守儿童学习情况良好", "已告知医保缴费时间")

ALL = tuple(PHRASES)
FAMILIES: dict[Channel, tuple[str, ...]] = {
    Channel.HOTLINE_12345: ALL,
    Channel.WECHAT_OFFICIAL: ALL,
    Channel.LEADER_BOARD: ALL,
    Channel.MAYOR_MAILBOX: ALL,
    Channel.GRID_PATROL: ("facility", "environment", "order", "safety"),
    Channel.OPEN311: ("facility", "environment", "order"),
    Channel.URBAN_12319: ("facility", "environment.garbage", "environment.water", "order"),
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
