"""Our own category tree 事项分类: families, leaves, Chinese names, and typical words.

Leaves follow GB/T 30428.2 and the catalogues that hotlines have published. The codes are our own.
"""

from schemas.base import Frozen


class Category(Frozen):
    """One leaf; `words` of complaints decide if the channel sends no category code."""

    code: str
    name: str
    words: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The part before the dot: reports of one family may be about the same matter."""
        return self.code.partition(".")[0]


_ROWS = """
facility.streetlight|路灯|路灯 灯不亮 路灯不亮 灯杆 照明
facility.manhole|井盖|井盖 窨井 雨水箅子
facility.road|道路破损|路面 坑洼 道路破损 塌陷 人行道砖
facility.water|供水|停水 水管 自来水 水压
facility.gas|供气|燃气 天然气 煤气
facility.power|供电|停电 电线 电缆 变压器
facility.drainage|排水内涝|积水 下水道 内涝 污水外溢 堵塞
facility.heating|供暖|暖气 供暖
environment.garbage|垃圾|垃圾 清运 垃圾桶 卫生死角
environment.noise|噪声|噪音 噪声 扰民 广场舞 施工声
environment.air|大气油烟|油烟 异味 废气 扬尘 焚烧 臭味
environment.water|水体污染|河水 污水 排污 水体 黑臭
order.parking|违法停车|违停 乱停 停车 占用消防通道
order.vendor|占道经营|占道 摆摊 流动摊贩 出店经营
order.construction|违法建设|违建 违章建筑 搭建
order.pets|犬只|狗 犬 遛狗 流浪狗
order.advert|小广告|小广告 乱张贴 广告牌
housing.property|物业服务|物业 物业费 保安
housing.lift|电梯|电梯
housing.leak|房屋渗漏|漏水 渗水 屋顶漏
market.food|食品安全|食品 过期 变质 餐饮
market.price|价格|乱收费 价格 涨价 明码标价
market.consumer|消费纠纷|退款 退货 消费 预付卡 假货 虚假宣传
labour.wages|拖欠工资|工资 欠薪 拖欠 农民工
labour.insurance|社会保险|社保 养老保险 医保 工伤
transport.bus|公交|公交 班车 线路 司机拒载
transport.taxi|出租网约车|出租车 网约车 绕路 打表
transport.road|公路|公路 国道 省道 护栏 红绿灯
dispute.neighbour|邻里纠纷|邻居 邻里 楼上
dispute.family|家庭纠纷|家庭 夫妻 赡养 离婚
dispute.land|土地山林纠纷|土地 宅基地 征地 承包地 林权
welfare.elderly|养老助残|老人 独居 养老 残疾
welfare.relief|社会救助|低保 救助 困难 补贴
welfare.wish|微心愿|心愿 希望得到 想要
safety.fire|消防隐患|消防 灭火器 火灾 飞线充电
safety.hazard|安全隐患|隐患 危险 危房 坠落
governance.conduct|干部作风|作风 态度 不作为 推诿
governance.policy|政策咨询|咨询 政策 怎么办理 办理流程
education.school|教育|学校 入学 老师 补课
health.service|医疗卫生|医院 医生 卫生院 疫苗
other.unknown|其他|
"""


def _parse(row: str) -> Category:
    code, name, words = row.split("|")
    return Category(code=code, name=name, words=tuple(words.split()))


CATEGORIES: dict[str, Category] = {
    category.code: category for category in map(_parse, _ROWS.strip().splitlines())
}
"""Every leaf by its code."""

OTHER = "other.unknown"


_BY_NAME = {category.name: category.code for category in CATEGORIES.values()}


def category_named(*names: str) -> str:
    """Return the first leaf of which `names` has the code or the Chinese name, or empty."""
    for name in names:
        if name in CATEGORIES:
            return name
        if name in _BY_NAME:
            return _BY_NAME[name]
    return ""
