"""Masked forms, fields of JSON, known names, and positions in normalised texts."""

import pytest

from hub.security.masking import (
    mask_id_number,
    mask_name,
    mask_party,
    mask_phone,
    mask_text,
    mask_values,
    masker_of,
)
from hub.security.personal_data.levelling import level


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请回电+86 138-0000-1234，谢谢", "请回电138****1234，谢谢"),
        ("家里（0714）3061234转8001", "家里0714****234"),
        ("电话：306-1234。", "电话：****234。"),
        ("身份证42021219900307123X", "身份证4202**********123X"),
        ("身份证429999490101123", "身份证4299*******1123"),
        ("卡号6222021234567890128", "卡号6222************0128"),
        ("转到6200 0020 1001 1006", "转到6200************1006"),
        ("车牌鄂b·12345", "车牌鄂B***45"),
        ("zhang.san (at) qq.com", "z***@qq.com"),
        ("微信号：zhangsan_88", "微信号：z***"),
        ("护照E12345678", "护照E****78"),
        ("我叫张建国，", "我叫张**，"),
        ("联系人：欧阳锋、李四", "联系人：欧**、李*"),
        ("电话+852 6123 4567", "电话+852****567"),
    ],
)
def test_each_kind_has_its_form(text: str, masked: str) -> None:
    """The form does not depend on the spelling."""
    assert mask_text(text) == masked


def test_the_words_around_stay_as_they_were_written() -> None:
    """Full-width, circled and zero-width characters stay; only the search normalises them."""
    text = "①ＡＢＣ\u200b１３８\u200b００００\u200b１２３４②１２：３０，好\ufeff的"
    assert mask_text(text) == "①ＡＢＣ\u200b138****1234②１２：３０，好\ufeff的"


def test_positions_count_the_removed_characters() -> None:
    """A part of the normalised text has its position in the original text."""
    text = "甲\u200b乙\ufeff１２"
    levelled = level(text)
    assert levelled.text == "甲乙12"
    assert [text[slice(*levelled.place_of(n, n + 1))] for n in range(4)] == [
        "甲\u200b",
        "乙\ufeff",
        "１",
        "２",
    ]


def test_numbers_of_firms_and_offices_are_not_personal() -> None:
    """400 and 800 numbers, short numbers and credit codes are public."""
    for text in ("电话400-123-4567", "拨打12345", "95598", "代码91420100707123456X"):
        assert mask_text(text) == text


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("3061234", "****234"),
        ("１３８ 0000 1234", "138****1234"),
        ("138****1234", "138****1234"),
        ("13800001234转8", "138****1234转8"),
        ("找门卫老李", "****卫老李"),
        ("", ""),
        ("110", "110"),
    ],
)
def test_a_field_for_a_phone_shows_none(phone: str, masked: str) -> None:
    """A value that is no valid number keeps only its last three characters."""
    assert mask_phone(phone) == masked


def test_a_field_for_an_id_number_shows_none() -> None:
    """An ID number with a typing error is masked too."""
    assert mask_id_number("42021219900307") == "4****07"
    assert mask_id_number("军官证丢失了") == "****证丢失了"


def test_a_name_keeps_its_first_character() -> None:
    """张*, 欧阳锋 as 欧**; a name of one character stays."""
    assert [mask_name(name) for name in ("张三", "欧阳锋", "张", "")] == ["张*", "欧**", "张", ""]


def test_known_people_are_masked_at_every_position() -> None:
    """Their names and numbers are masked also without a label and with spaces inside."""
    mask = masker_of(["张三丰"], ["3061234", "oAbC-9x_yz"])
    assert mask("找张三丰，或张 三 丰") == "找张**，或张**"
    assert mask("座号3061234，openid=oAbC-9x_yz") == "座号3***，openid=o***"


def test_the_name_of_a_field_is_a_label() -> None:
    """{"phone": "3061234"} is masked, {"count": 3061234} is not; keys are masked too."""
    native = {
        "phone": 3061234,
        "count": 3061234,
        "contactName": "王小二",
        "姓名": "李四",
        "plate": "黄石123456",
        "list": [{"联系电话": "3061234"}],
        "13800001234": True,
        "13800001235": 1.5,
        "cost": 13800001234.0,
    }
    assert mask_values(native, mask_text) == {
        "phone": "****234",
        "count": 3061234,
        "contactName": "王**",
        "姓名": "李*",
        "plate": "黄石***56",
        "list": [{"联系电话": "****234"}],
        "138****1234": True,
        "138****1235": 1.5,
        "cost": "138****1234.0",
    }


def test_fields_with_equal_masked_names_both_remain() -> None:
    """Two keys that look alike when masked keep both values."""
    assert mask_values({"13800001234": 1, "13811111234": 2}, mask_text) == {
        "138****1234": 1,
        "138****1234'": 2,
    }


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("张三", "张*"),
        ("欧阳修", "欧**"),
        ("张三、李小四", "张*、李**"),
        ("张三等5人", "张*等5人"),
        ("张*", "张*"),
        ("匿名", "匿名"),
        ("恒达公司", "恒达公司"),
        ("金湖村", "金湖村"),
        ("张家湾", "张家湾"),
        ("文旅局", "文旅局"),
        ("李四施工队", "李四施工队"),
        ("张老板", "张老板"),
        ("恒达公司 13800001234", "恒达公司 138****1234"),
    ],
)
def test_of_a_giver_or_contractor_only_people_are_masked(written: str, shown: str) -> None:
    """Nobody has said whether it is a person; a family name also begins places and offices."""
    assert mask_party(written) == shown
