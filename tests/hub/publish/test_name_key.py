"""The form of a name by which reports are searched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.publish.name_key import ROLES, name_key

SPELLINGS = (
    "王小明|王 小 明|王\u3000小明| 王小明 |王小明先生|王小明 女士|王小明（儿子）|王小明(女"
    "|王小明，李四|王小明、李四|王\u200b小明|姓名：王小明|联系人:王小明|王小明同志|王小明老师"
)
MINORITY = (
    "买买提·艾力|买买提•艾力|买买提・艾力|买买提.艾力|买买提．艾力|买买提艾力|買買提·艾力"
    "|买买提 · 艾力|买买提‧艾力先生"
)
NOBODY = (
    "|无|-|null|匿名|匿名用户|王*|王**|王某|王某某|张先生|李女士|欧阳女士|欧阳|老张|小李|王|王•明|王?明|王�明"
    "|王×明|13800001234|用户123|热心市民|诉求人|先生|老人家|来电人（女）|Anonymous|（无）|、|不详"
)


@pytest.mark.parametrize("written", SPELLINGS.split("|"))
def test_a_name_has_one_form(written: str) -> None:
    """Blanks, titles, notes, labels and a second name change nothing."""
    assert name_key(written) == "王小明"


@pytest.mark.parametrize("written", MINORITY.split("|"))
def test_dots_and_traditional_characters_change_nothing(written: str) -> None:
    """The parts of a name are joined by many dots, or by none."""
    assert name_key(written) == "买买提艾力"


@pytest.mark.parametrize("written", NOBODY.split("|"))
def test_what_names_nobody_has_no_key(written: str) -> None:
    """A family name, a masked name and a word for anybody would make strangers one person."""
    assert name_key(written) == ""


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("欧阳娜娜", "欧阳娜娜"),
        ("John  Smith", "johnsmith"),
        ("ＪＯＨＮ Smith", "johnsmith"),
        ("ئالىم جان", "ئالىمجان"),
        ("王\ue863", "王\ue863"),
        ("老舍先生", "老舍"),
        ("蕭紅", "萧红"),
    ],
)
def test_names_of_all_scripts_are_read(written: str, key: str) -> None:
    """Compound family names, Latin and Arabic letters, and rare characters stay."""
    assert name_key(written) == key


@given(st.text(max_size=80))
def test_the_form_of_a_form_is_the_same(text: str) -> None:
    """What is typed in the form of the key is the name that was written."""
    key = name_key(text)
    assert name_key(key) in (key, "")
    assert key not in ROLES
