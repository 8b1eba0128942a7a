"""The parts of the name of a firm, as registers and as citizens write it."""

import pytest

from streams.matching.firms.keys import MOST_COMPARED, keys_of, shortlist
from streams.matching.firms.name import FirmName, registered_name, written_names

REGIONS = frozenset({"云溪", "石桥"})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "云溪县石桥镇老王烧烤店",
            FirmName(("云溪", "石桥"), "老王", ("烧烤",)),
        ),
        (
            "湖北鑫源物业管理有限公司云溪分公司",
            FirmName(("湖北",), "鑫源", ("物业管理",), is_company=True, branch="云溪分公司"),
        ),
        (
            "中国工商银行股份有限公司云溪石桥支行",
            FirmName(("中国",), "工商", ("银行",), is_company=True, branch="云溪石桥支行"),
        ),
        ("中国建设银行", FirmName((), "中国建设", ("银行",))),
        ("阿里巴巴（中国）有限公司", FirmName(("中国",), "阿里巴巴", is_company=True)),
        ("安康大药房", FirmName((), "安康", ("大药房",))),
        ("好又多超市", FirmName((), "好又多", ("超市",))),
        ("小龙坎火锅万达店", FirmName((), "小龙坎", ("火锅",), branch="万达店")),
        ("蜜雪冰城(步行街店)", FirmName((), "蜜雪冰城", branch="步行街店")),
        ("蜜雪冰城云溪步行街店", FirmName((), "蜜雪冰城", branch="云溪步行街店")),
        ("云溪县第三建筑公司", FirmName(("云溪",), "第三", ("建筑",), is_company=True)),
        ("", FirmName()),
        ("（）", FirmName()),
        ("()(", FirmName()),
    ],
)
def test_a_registered_name_has_its_parts(text: str, parts: FirmName) -> None:
    """Region, brand, trades, form and branch; a city may be a brand."""
    assert registered_name(text, REGIONS) == parts


@pytest.mark.parametrize(
    ("text", "brand"),
    [
        ("ＴＣＬ　专卖店", "tcl"),
        ("張記燒烤", "张记"),
        ("老 王 烧 烤", "老王"),
        ("淘宝韩尚服饰旗舰店", "韩尚"),
        ("拼多多上的山里红土特产专营店", "山里红"),
        ("我在老王烧烤店吃饭", "老王"),
        ("桃园小区的物业公司金冠物业", "金冠"),
        ("被举报人：云溪县周记卤味店", "周记"),
        ("石桥工行", "石桥中国工商"),
        ("MIXUE蜜雪冰城", "蜜雪冰城"),
        ("金冠物业（原名金鼎物业）", "金鼎"),
        ("安达驾校/宏达驾校", "宏达"),
    ],
)
def test_what_citizens_write_has_the_brand_among_its_readings(text: str, brand: str) -> None:
    """A sentence, a platform, a former name: one of the readings is the firm."""
    readings = {name.brand for name in written_names(text, REGIONS)}
    assert any(brand in reading or reading in brand for reading in readings), readings
    assert brand in readings or text == "石桥工行"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "无",
        "某超市",
        "个人",
        "物业公司",
        "小区门口的便利店",
        "网吧",
        "null",
        "  ",
        "（）",
        "餐饮店",
        "***",
    ],
)
def test_names_of_nobody_are_no_names(text: str) -> None:
    """They would fit every firm of the trade."""
    assert written_names(text) == ()


def test_long_and_strange_texts_are_read() -> None:
    """A text of a thousand characters, of brackets, of marks or of one sign is read in the end."""
    for text in (
        "店" * 1000,
        "(" * 500,
        "中国" * 400,
        "🏪" * 50,
        "公司的" * 300,
        "店" * 200_000,
        "\u0000县",
    ):
        assert isinstance(written_names(text), tuple)


def test_names_that_are_alike_share_a_key() -> None:
    """A wrong character, a part of the brand, the same sound; other names share none."""
    keys = set(keys_of(registered_name("云溪县福满楼酒店有限公司", REGIONS)))
    for text in ("福满楼", "福满搂酒店", "服满楼", "福满"):
        (name, *_) = written_names(text)
        assert keys & set(keys_of(name)), text
    assert not keys & set(keys_of(registered_name("海底捞火锅")))
    assert keys_of(FirmName()) == []


def test_the_shortlist_has_those_that_share_most() -> None:
    """The order of the register does not matter, and the list is bounded."""
    firms_of = {"=a": ["x", "y"], "ab": ["y", *map(str, range(200))]}
    codes = shortlist(["=a", "ab", "zz"], firms_of)
    assert codes[:2] == ["y", "x"]
    assert len(codes) == MOST_COMPARED
