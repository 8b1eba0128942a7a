"""Classes of people 人员类别: ten of key persons 重点人员, twelve of cared-for persons 关爱人员.

The classes of key persons follow the special groups 特殊人群 of GB/T 31000-2015 as far as its text
is public; the others are our own, because no public list names them. A class is `key.…` or
`cared.…`, so a query can count either kind by its prefix.
"""

from collections.abc import Mapping
from enum import StrEnum

KEY, CARED_FOR = "key.", "cared."
"""Prefixes of the two kinds."""


class PersonClass(StrEnum):
    """A class of people whom the grid workers see more often than others."""

    RELEASED = "key.released"
    CORRECTION = "key.community_correction"
    MENTAL_DISORDER = "key.mental_disorder"
    DRUG_USE = "key.drug_use"
    AIDS_RISK = "key.aids_risk"
    YOUTH = "key.youth"
    CULT = "key.cult"
    PETITION = "key.petition"
    DISPUTE = "key.dispute"
    OTHER_KEY = "key.other"
    LIVES_ALONE = "cared.lives_alone"
    EMPTY_NEST = "cared.empty_nest"
    VERY_OLD = "cared.very_old"
    DEPENDENT = "cared.dependent"
    DISABLED = "cared.disabled"
    LEFT_BEHIND_CHILD = "cared.left_behind_child"
    LEFT_BEHIND_WOMAN = "cared.left_behind_woman"
    CHILD_IN_NEED = "cared.child_in_need"
    ORPHAN = "cared.orphan"
    LOW_INCOME = "cared.low_income"
    DESTITUTE = "cared.destitute"
    LOST_CHILD = "cared.lost_child"


CLASS_NAMES: Mapping[PersonClass, str] = {
    PersonClass.RELEASED: "刑满释放人员",
    PersonClass.CORRECTION: "社区矫正人员",
    PersonClass.MENTAL_DISORDER: "严重精神障碍患者",
    PersonClass.DRUG_USE: "吸毒人员",
    PersonClass.AIDS_RISK: "艾滋病危险人员",
    PersonClass.YOUTH: "重点青少年",
    PersonClass.CULT: "涉邪教人员",
    PersonClass.PETITION: "重点信访人员",
    PersonClass.DISPUTE: "矛盾突出人员",
    PersonClass.OTHER_KEY: "其他重点人员",
    PersonClass.LIVES_ALONE: "独居老人",
    PersonClass.EMPTY_NEST: "空巢老人",
    PersonClass.VERY_OLD: "高龄老人",
    PersonClass.DEPENDENT: "失能老人",
    PersonClass.DISABLED: "残疾人",
    PersonClass.LEFT_BEHIND_CHILD: "留守儿童",
    PersonClass.LEFT_BEHIND_WOMAN: "留守妇女",
    PersonClass.CHILD_IN_NEED: "困境儿童",
    PersonClass.ORPHAN: "孤儿",
    PersonClass.LOW_INCOME: "低保对象",
    PersonClass.DESTITUTE: "特困人员",
    PersonClass.LOST_CHILD: "失独老人",
}
OTHER_NAMES: Mapping[str, PersonClass] = {
    "刑释人员": PersonClass.RELEASED,
    "刑满释放": PersonClass.RELEASED,
    "安置帮教人员": PersonClass.RELEASED,
    "安置帮教对象": PersonClass.RELEASED,
    "社区矫正对象": PersonClass.CORRECTION,
    "社区矫正": PersonClass.CORRECTION,
    "矫正人员": PersonClass.CORRECTION,
    "精神障碍患者": PersonClass.MENTAL_DISORDER,
    "严重精神障碍": PersonClass.MENTAL_DISORDER,
    "重性精神病人": PersonClass.MENTAL_DISORDER,
    "肇事肇祸精神障碍患者": PersonClass.MENTAL_DISORDER,
    "戒毒人员": PersonClass.DRUG_USE,
    "社区戒毒人员": PersonClass.DRUG_USE,
    "社区康复人员": PersonClass.DRUG_USE,
    "涉毒人员": PersonClass.DRUG_USE,
    "艾滋病人": PersonClass.AIDS_RISK,
    "邪教人员": PersonClass.CULT,
    "信访人员": PersonClass.PETITION,
    "上访人员": PersonClass.PETITION,
    "重点上访人员": PersonClass.PETITION,
    "空巢": PersonClass.EMPTY_NEST,
    "独居": PersonClass.LIVES_ALONE,
    "孤寡老人": PersonClass.LIVES_ALONE,
    "高龄": PersonClass.VERY_OLD,
    "失能": PersonClass.DEPENDENT,
    "失能半失能老人": PersonClass.DEPENDENT,
    "残疾": PersonClass.DISABLED,
    "残疾人士": PersonClass.DISABLED,
    "困境未成年人": PersonClass.CHILD_IN_NEED,
    "事实无人抚养儿童": PersonClass.CHILD_IN_NEED,
    "低保户": PersonClass.LOW_INCOME,
    "低保": PersonClass.LOW_INCOME,
    "低保人员": PersonClass.LOW_INCOME,
    "五保户": PersonClass.DESTITUTE,
    "特困供养人员": PersonClass.DESTITUTE,
    "特困": PersonClass.DESTITUTE,
    "失独家庭": PersonClass.LOST_CHILD,
    "失独": PersonClass.LOST_CHILD,
}
"""Names of the classes in the exports of other systems."""
_POPULATION = """
常住人口 常住 户籍人口 户籍 流动人口 流动 寄住人口 暂住人口 暂住 境外人员 境外人口 非户籍 非户籍人口
人户分离 人户一致 空挂户 普通居民 普通人员 一般人员 居民 群众 否 正常
"""
POPULATION_KINDS = frozenset(_POPULATION.split())
"""What exports write in the column of classes of one who belongs to none."""
