"""Our own category tree 事项分类: families, leaves, Chinese names, and typical words.

Leaves follow GB/T 30428.2 and the catalogues that hotlines and petition offices have published. The
codes are our own.
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


# code|name|typical words; an indented line continues the words.
_ROWS = """
facility.streetlight|路灯|路灯 灯不亮 路灯不亮 灯杆 照明
facility.manhole|井盖|井盖 窨井 雨水箅子
facility.road|道路破损|路面 坑洼 道路破损 塌陷 人行道砖
facility.water|供水|停水 水管 自来水 水压
facility.gas|供气|燃气 天然气 煤气
facility.power|供电|停电 电线 电缆 变压器
facility.drainage|排水内涝|积水 下水道 内涝 污水外溢 堵塞
facility.heating|供暖|暖气 供暖
facility.greening|园林绿化|
  绿化 绿化带 公园 花坛 草坪 草地 行道树 树木 修剪 枯死 广场设施 健身器材 凉亭
  长椅 湿地 园林 树枝 补种 飘絮 花草 步道 游园
facility.planning|城乡规划|
  规划 规划局 地铁 轻轨 断头路 采光 挡光 日照 容积率 站点 城市建设 规划图 新城
  路网 天桥 配套 听证 历史街区 选址 片区 动工 开发区
environment.garbage|垃圾|垃圾 清运 垃圾桶 卫生死角
environment.noise|噪声|噪音 噪声 扰民 广场舞 施工声
environment.air|大气油烟|油烟 异味 废气 扬尘 焚烧 臭味
environment.water|水体污染|河水 污水 排污 水体 黑臭
environment.radiation|辐射与基站|
  基站 辐射 电磁 变电站 高压线 信号塔 铁塔 天线 射线 放射 通信塔 发射塔
  检测数据 高压电 线路走廊 千伏
environment.ecology|生态与固废|
  采石 采砂 挖山 危险废物 毁林 环评 矿渣 尾矿 废渣 砍伐 植被 水土流失 土壤
  养殖场 粪便 野生动物 矿山 开采 填埋 未批先建 生态破坏 砖厂
order.parking|违法停车|违停 乱停 停车 占用消防通道
order.vendor|占道经营|占道 摆摊 流动摊贩 出店经营
order.construction|违法建设|违建 违章建筑 搭建
order.pets|犬只|狗 犬 遛狗 流浪狗
order.advert|小广告|小广告 乱张贴 广告牌
housing.property|物业服务|物业 物业费 保安
housing.lift|电梯|电梯
housing.leak|房屋渗漏|漏水 渗水 屋顶漏
housing.title|产权登记|
  房产证 房本 不动产 产权 产权证 过户 两证 办证 确权 土地证 国土证 登记中心
  宅基地证 红本 继承 权属 大证 小产权 契税 更名
housing.developer|房地产开发|
  开发商 楼盘 交房 延期交房 烂尾 预售 售楼 商品房 期房 购房合同 认购 定金 网签
  精装 质量问题 违约金 首付 收房 房企 置业 公摊 业主维权 停工 虚假宣传
housing.demolition|征收拆迁|
  拆迁 征收 安置 安置房 回迁 回迁房 棚改 棚户区 过渡费 补偿款 强拆 征地拆迁
  拆迁户 拆迁办 城中村 补偿标准 征收办 搬迁 拆除房屋 征迁
housing.support|住房保障|
  公积金 住房公积金 公租房 廉租房 保障房 经济适用房 购房补贴 租房补贴 公积金贷款
  提取 轮候 危房改造 人才购房 限购 老旧小区改造 安居
market.food|食品安全|食品 过期 变质 餐饮
market.price|价格|乱收费 价格 涨价 明码标价
market.consumer|消费纠纷|退款 退货 消费 预付卡 假货 虚假宣传
market.tourism|旅游|
  景区 旅游 旅行社 导游 门票 跟团 景点 酒店 民宿 游客 出游 购物店 缆车 年卡
  农家乐 古镇 游览 旅游局
market.pyramid|传销与非法集资|
  传销 集资 非法集资 拉人头 高息 投资 返利 下线 入股 骗局 跑路 理财 资金盘
  直销 洗脑 本金 分红 受害人 高利贷 会员费 洗脑上课 血汗钱
market.licence|经营许可与质量监管|
  营业执照 无照 无证经营 商标 检疫 屠宰 工商 个体户 注册公司 许可证 加油站 假冒
  质量不合格 伪劣 特种设备 年检 质监 检验 中介机构 经营范围 生猪 加油
market.telecom|通信服务|
  宽带 话费 手机信号 流量 套餐 移动公司 电信 联通 营业厅 手机号 运营商 网速
  断网 光纤 客服 停机 携号转网 有线电视 增值业务
market.finance|金融保险税务|
  银行 贷款 理赔 发票 征信 保险公司 税务 信用社 存款 信用卡 保单 房贷 利息
  纳税 逃税 保险 柜台 还款
labour.wages|拖欠工资|工资 欠薪 拖欠 农民工
labour.insurance|社会保险|社保 养老保险 医保 工伤
labour.contract|劳动关系|
  辞退 劳动合同 劳务派遣 下岗 劳动仲裁 解除合同 经济补偿 买断 改制 破产 正式工
  临时工 同工同酬 编制 试用期 裁员 辞职 离职 单位不签 劳动局 协议 职工安置
  合同工
labour.employment|就业与资格|
  招聘 职称 资格证 就业 培训补贴 人事考试 公务员 事业单位 技能鉴定 评审 岗位
  报考 毕业生 创业 人社局 档案 失业 职业培训 笔试 面试 公益性岗位 再就业 大学生
labour.retirement|退休待遇|
  退休 工龄 退休金 抚恤 退休人员 养老待遇 提前退休 病退 退休年龄 视同缴费 补缴
  调待 内退 企业退休 遗属 丧葬费 连续工龄 涨工资 知青 特殊工种 养老金
labour.protection|劳动保护|
  加班 加班费 职业病 高温补贴 产假 休假 年休假 双休 工作时间 超时 节假日 尘肺
  劳动强度 女工 哺乳期 最低工资 休息 劳保 强制加班 补休
transport.bus|公交|公交 班车 线路 司机拒载
transport.taxi|出租网约车|出租车 网约车 绕路 打表
transport.road|公路|公路 国道 省道 护栏 红绿灯
transport.delivery|邮政快递|
  快递 邮政 包裹 物流 快递员 驿站 派送 丢件 签收 邮局 寄件 取件 快件 顺丰
  圆通 托运 邮递 派件 网点
transport.coach|客货运输|
  客运 班线 黑车 超载 货车 渡口 班车 大巴 中巴 客车 汽车站 车票 票价 渣土车
  从业资格 营运 非法营运 火车站 高铁站 运管 长途 校车 摩的 运输 高速收费
dispute.neighbour|邻里纠纷|邻居 邻里 楼上
dispute.family|家庭纠纷|家庭 夫妻 赡养 离婚
dispute.land|土地山林纠纷|土地 宅基地 征地 承包地 林权
welfare.elderly|养老助残|老人 独居 养老 残疾
welfare.relief|社会救助|低保 救助 困难 补贴
welfare.wish|微心愿|心愿 希望得到 想要
welfare.veterans|退役军人优抚|
  退伍 退役 优抚 老兵 复员 转业 军人 参战 伤残军人 烈士 义务兵 优待金 军属
  士官 当兵 两参 战友
welfare.civil|婚姻殡葬与基层选举|
  结婚登记 结婚证 殡葬 公墓 收养 换届选举 选举 贿选 火化 墓地 民政局 婚姻
  离婚证 村委会选举 地名 门牌 慈善 捐款 丧葬 区划
safety.fire|消防隐患|消防 灭火器 火灾 飞线充电
safety.hazard|安全隐患|隐患 危险 危房 坠落
governance.conduct|干部作风|作风 态度 不作为 推诿
governance.policy|政策咨询|咨询 政策 怎么办理 办理流程
police.household|户籍证件|
  户口 户籍 身份证 居住证 落户 迁户 派出所 户口本 上户 迁移 出入境 护照 改名
  更正年龄 集体户 分户 黑户 注销户口
police.traffic|交通违法与车辆管理|
  交警 驾驶证 罚单 车管所 扣分 违章 驾照 牌照 上牌 交通事故 酒驾 肇事 电子眼
  抓拍 限行 科目二 扣车 责任认定 摩托车
police.crime|社会治安|
  赌博 诈骗 盗窃 打架 治安 报警 报案 立案 公安 黑社会 吸毒 嫖娼 打人 小偷
  恶势力 抢劫 敲诈 刑警 被打 凶手
legal.service|诉讼与法律服务|
  法院 判决 仲裁 律师 法律援助 执行 官司 老赖 起诉 开庭 法官 公证 司法 鉴定
  复议 上诉 再审 检察院 判决书
farming.village|村务与集体资产|
  村务 村集体 村账 土地流转 村干部 村支书 村民小组 村主任 承包 财务公开 贫困户
  分红 集体土地 村里 组长 账目 山林 村委 租金
farming.subsidy|惠农补贴与扶贫|
  粮补 退耕还林 移民 扶贫 农机 种粮补贴 直补 养殖 生猪 种子 化肥 农业保险 收购
  粮食 禁养 移民后扶 惠农 农户 扑杀 稻谷
farming.water|农田水利|
  水渠 水库 灌溉 河堤 山塘 堤坝 抽水 农田 防汛 渠道 水闸 抗旱 水利 机井 溪水
  饮水工程 河道 清淤 塘坝 稻田
education.school|学校管理|学校 老师 校服 食堂 住校
education.enrolment|招生入学|
  学区 学位 入学 招生 报名 上学 划片 摇号 择校 转学 对口 小学报名 公办 幼升小
  小升初 适龄 读书 插班 就读 学区房 入园
education.teacher|教师待遇|
  教师 老师工资 编制 代课 绩效工资 民办教师 特岗 职称 津贴 班主任津贴 教龄 支教
  教师资格 教师编 师资 乡村教师 退休教师 幼师
education.training|校外培训|
  培训机构 补习 有偿补课 托管 补课 辅导班 退费 早教 课时费 驾校 在职教师 培训班
  办学许可 补习班 小饭桌 网课 艺考 学费 假期补课
education.exam|考试与学籍|
  学籍 高考 中考 毕业证 助学 文凭 学历 录取 分数 志愿 加分 助学金 贫困生 贷款
  大专 本科 学位证 自考 考生 招生办 成绩 奖学金 证书
education.culture|文化体育文物|
  图书馆 文物 体育馆 网吧 文化 体育 古建筑 篮球场 博物馆 健身 古墓 非遗 祠堂
  电视台 广播 球场 游泳馆 比赛 遗址 文化站 古迹 运动 歌舞厅
health.service|医疗卫生|医院 医生 卫生院 疫苗
health.dispute|医患纠纷|
  医疗事故 误诊 医患 手术 病历 死亡 医疗纠纷 赔偿 鉴定 后遗症 主刀 医生失误
  抢救 家属 主治 病人 住院 术后 去世
health.drug|药品与医疗器械|
  药店 药品 假药 医疗器械 药价 处方 药房 保健品 化妆品 药监 中药 过期药 药费
  疫苗药 进口药 注射 国药
health.practice|医疗监管|
  非法行医 黑诊所 医托 过度检查 诊所 无证行医 行医 医疗收费 乱收费 虚假广告 血站
  献血 挂号 检查费 救护车 门诊 民营医院 医保诈骗 执业 诊疗
health.staff|医务人员待遇|
  村医 护士 医务人员 乡村医生 赤脚医生 卫生室 卫生院职工 医护 编外 绩效 公卫
  疾控 规培 卫生系统 聘用护士 执业医师 医院职工
health.birth|计划生育|
  独生子女 准生证 计生 失独 二胎 生育 超生 社会抚养费 结扎 计划生育 二孩 奖扶
  流产 生育证 计生办 婚检 再婚 上环 双女户 独生子女费
other.unknown|其他|
"""


def _parse(row: str) -> Category:
    code, name, words = row.split("|")
    return Category(code=code, name=name, words=tuple(words.split()))


CATEGORIES: dict[str, Category] = {
    category.code: category
    for category in map(_parse, _ROWS.strip().replace("\n  ", " ").splitlines())
}
"""Every leaf by its code."""

OTHER = "other.unknown"

FAMILY_NAMES: dict[str, str] = {
    "facility": "市政设施",
    "environment": "生态环境",
    "order": "市容秩序",
    "housing": "住房物业",
    "market": "市场消费",
    "labour": "劳动社保",
    "transport": "交通运输",
    "dispute": "矛盾纠纷",
    "welfare": "民政救助",
    "safety": "公共安全",
    "governance": "政务作风",
    "police": "公安治安",
    "legal": "诉讼法律",
    "farming": "农业农村",
    "education": "教育文体",
    "health": "医疗卫生",
    "other": "其他",
}
"""Chinese names of the families, for figures that do not go down to the leaves."""


_BY_NAME = {category.name: category.code for category in CATEGORIES.values()}


def category_named(*names: str) -> str:
    """Return the first leaf of which `names` has the code or the Chinese name, or empty."""
    for name in names:
        if name in CATEGORIES:
            return name
        if name in _BY_NAME:
            return _BY_NAME[name]
    return ""
