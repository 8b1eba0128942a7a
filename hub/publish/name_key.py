"""The form of a person's name by which reports are searched 姓名查找.

People and systems write one name in many ways: 王小明先生, 王 小明, 王小明（儿子）, 買買提·艾力,
买买提•艾力. A name is no identity: namesakes share it, so it is searched by and never merged by.
"""

import re

from opencc import OpenCC

from connectors.values.blank import is_blank
from connectors.values.text import half_width, tidy
from hub.security.personal_data.family_names import COMPOUND

_SIMPLIFIED = OpenCC("t2s")
_DOT = re.compile(r"(?<=\w\w)\s*[·•・‧∙⋅．.｡。]\s*(?=\w\w)")
"""A dot between two parts of a name. Beside a single character it may stand for a hidden one."""
_HIDDEN = re.compile(r"[*•●×＊※?\ufffd\d]|某")
"""What stands for hidden or damaged characters, and digits, which no name has."""
_LABEL = re.compile(r"^(?:姓名|联系人|诉求人|投诉人|举报人|来电人|反映人)\s*[::]\s*")
_BRACKETS = re.compile(r"[(\[【〔<《][^)\]】〕>》]*[)\]】〕>》]?")
_BETWEEN = re.compile(r"[,;、/|\n]")
_TITLES = """
先生 女士 小姐 同志 师傅 太太 夫人 老师 医生 大夫 律师 教授 经理 老板 总经理 书记 主任 校长 厂长
村长 大爷 大妈 大娘 大叔 大婶 大伯 大哥 大姐 阿姨 阿婆 老人 老人家 老先生 老太太 奶奶 爷爷 叔叔
伯伯
"""
_TITLE = re.compile(f"(?:{'|'.join(sorted(_TITLES.split(), key=len, reverse=True))})$")
_ROLES = """
匿名 匿名者 匿名用户 匿名人士 不愿透露 不愿透露姓名 不愿留名 不便透露 未留 未留名 未留姓名 未提供
未填写 无名 无名氏 保密 要求保密 隐藏 隐私 本人 自己 群众 市民 居民 村民 业主 网友 网民 游客 访客
用户 微信用户 手机用户 热心市民 热心群众 热心居民 来电人 来访人 来信人 诉求人 投诉人 举报人 反映人
报警人 报案人 求助人 申请人 信访人 当事人 联系人 测试 姓名 路人 行人 司机 乘客 家属 家长 老百姓
百姓 消费者 顾客 职工 员工 农民工 先生 女士 小姐 同志 师傅 anonymous guest user test unknown
"""
ROLES = frozenset(_ROLES.split())
"""Words that stand in the field of the name and are the name of nobody."""
_FEWEST, _MOST = 2, 60
"""Characters of the shortest full name, and of the longest, without dots and blanks."""


def name_key(text: str) -> str:
    """Return a full name in one form: simplified characters, small letters, no blanks, no dots.

    A title, a note in brackets and further names are left out. The result is empty for a family
    name alone (张先生, 欧阳女士, 老张), a masked or damaged name, and a word for anybody (匿名).
    """
    written = _LABEL.sub("", half_width(tidy(text)))
    first = next((part for part in _BETWEEN.split(_BRACKETS.sub(" ", written)) if part.strip()), "")
    whole = _DOT.sub("", first)
    if is_blank(whole) or _HIDDEN.search(whole):
        return ""
    plain = _SIMPLIFIED.convert("".join(filter(_is_of_name, whole)).lower())
    solid = _TITLE.sub("", plain)
    if _is_family_name(solid, has_title=solid != plain) or plain in ROLES or solid in ROLES:
        return ""
    return solid if _FEWEST <= len(solid) <= _MOST else ""


def _is_of_name(character: str) -> bool:
    """Whether a character is a letter of any script, or one of the private use area.

    Programs write rare characters of names in the private use area.
    """
    return character.isalpha() or "\ue000" <= character <= "\uf8ff" or ord(character) >= 0xF0000


def _is_family_name(name: str, *, has_title: bool) -> bool:
    """Whether a name is a family name alone, which thousands share."""
    if len(name) == _FEWEST and name[0] in "老小" and not has_title:
        return True
    return len(name) < _FEWEST or name in COMPOUND
