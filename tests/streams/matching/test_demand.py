"""What a report wants is told by its words, apart from its matter."""

import pytest

from schemas.reports.demand import Demand
from streams.matching.demand import demand_of

ENQUIRY = [
    "请问灵活就业人员的社保怎么办理，需要带哪些材料？",
    "想咨询一下公租房今年什么时候开始申请。",
    "外地户口的孩子能不能在这里上小学？",
    "我想了解退休金今年调整的标准是多少。",
    "新农合报销是否可以异地办理，有没有规定？",
    "请教一下，二手房过户要交多少钱的税？",
    "地铁三号线何时动工，有计划吗？",
    "护照过期了在哪里补办，如何预约？",
]
COMPLAINT = [
    "举报南门口一家饭店把地沟油倒进下水道，请严肃查处。",
    "投诉物业公司乱收费，不交就断电。",
    "这家培训机构骗钱跑路，黑心老板太过分了！",
    "工地违规夜间施工，扰民一个月没人管。",
    "老板拖欠我们六个人的工资，还态度恶劣。",
    "有人在山上非法采石，请依法取缔。",
    "窗口人员推诿，让我跑了五趟，态度极差。",
    "网约车司机绕路宰客，还强迫我取消订单。",
]
REQUEST = [
    "小区门口的路灯坏了三盏，请尽快派人来修。",
    "家里老人瘫痪没有人照顾，恳请帮帮我们。",
    "楼上漏水把我家天花板泡坏了，希望社区协调解决。",
    "村里的水渠塌了，盼早日修好，田里急需用水。",
    "孩子白血病，家庭困难，求助爱心人士。",
    "路面塌了一个大坑，请维修。",
    "停水三天了，请求尽快恢复供水。",
]
SUGGESTION = [
    "建议在学校门口增设一个红绿灯。",
    "提个建议：公交车末班车延长到十点半。",
    "关于在广场增加座椅的几点建议",
    "我有个想法，垃圾分类点最好能装一个洗手池。",
    "倡议小区开展旧衣回收，不妨每月一次。",
]
PRAISE = [
    "表扬环卫工人李师傅，捡到钱包主动交还。",
    "给社区民警送一面锦旗，感谢他找回走失的老人。",
    "非常感谢维修师傅，大雨天半小时就修好了水管，点赞！",
    "特此感谢12345的工作人员，及时帮我们解决了停电。",
]
SAID = {
    Demand.ENQUIRY: ENQUIRY,
    Demand.COMPLAINT: COMPLAINT,
    Demand.REQUEST: REQUEST,
    Demand.SUGGESTION: SUGGESTION,
    Demand.PRAISE: PRAISE,
}


def test_nine_in_ten_invented_sentences_are_told_apart() -> None:
    """Sentences that no cue was made from are recognised as what they are."""
    results = [demand_of("", text) is demand for demand, texts in SAID.items() for text in texts]
    assert sum(results) >= 0.9 * len(results)


@pytest.mark.parametrize("content", ["", "1", "hello world", "。" * 20_000, "请问" * 10_000])
def test_any_text_has_an_answer(content: str) -> None:
    """An empty text is a request; a long one is read in part only."""
    assert demand_of("", content) in Demand
    assert demand_of("", "") is Demand.REQUEST


def test_the_title_states_the_purpose() -> None:
    """A suggestion stays one though its text asks a question."""
    assert demand_of("建议增设公厕", "公园这么大没有厕所，能不能加一个？") is Demand.SUGGESTION
