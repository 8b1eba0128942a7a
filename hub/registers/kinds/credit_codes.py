"""Codes of organisations 机构代码: which office registered one, and what it is.

The first two characters of a credit code (GB 32100-2015 and the amendments of the code's office)
are the registering office and the kind. An organisation without a credit code, such as a house of
worship that is not registered yet, has an organisation code of nine characters (GB 11714-1997).
"""

import re
from collections.abc import Mapping

from stdnum.cn.uscc import calc_check_digit

from connectors.formats.sheets.sheet import Cell
from hub.registers.values import Mended, code

LENGTH, OLD_LENGTH, ORGANISATION_LENGTH = 18, 15, 9
NOT_IN_CODES = re.compile(r"[IOSVZ]")
CREDIT_CODE = re.compile(r"[1-9ANY][0-9]{7}[0-9A-HJ-NP-RTUW-Y]{10}")
ORGANISATION_CODE = re.compile(r"[0-9A-Z]{8}[0-9X]")
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
KIND_NAMES: Mapping[str, str] = {
    "11": "机关",
    "12": "事业单位",
    "13": "群众团体",
    "31": "律师执业机构",
    "32": "公证处",
    "33": "基层法律服务所",
    "34": "司法鉴定机构",
    "35": "仲裁委员会",
    "51": "社会团体",
    "52": "民办非企业单位",
    "53": "基金会",
    "71": "宗教活动场所",
    "72": "宗教院校",
    "81": "基层工会",
    "91": "企业",
    "92": "个体工商户",
    "93": "农民专业合作社",
    "A1": "军队事业单位",
    "N1": "组级集体经济组织",
    "N2": "村级集体经济组织",
    "N3": "乡镇级集体经济组织",
}
"""First two characters of a credit code → the kind of the organisation."""
OFFICE_NAMES: Mapping[str, str] = {
    "1": "机构编制部门登记的其他机构",
    "2": "外国机构",
    "3": "司法行政部门登记的其他机构",
    "4": "文化机构",
    "5": "社会组织",
    "6": "旅游机构",
    "7": "宗教机构",
    "8": "工会",
    "9": "企业",
    "A": "军队机构",
    "N": "集体经济组织",
}
"""First character → the kind, where the second one says nothing more."""
OTHER = "其他机构"


def organisation_code(cell: Cell) -> Mended:
    """Return a credit code of 18 characters or an organisation code of nine; raises ValueError."""
    plain, note = code(cell)
    plain = plain.upper().replace("-", "")
    if len(plain) == OLD_LENGTH and plain.isdigit():
        raise ValueError(
            f"{plain} is a former registration number 注册号; write the code of 18 characters"
        )
    if len(plain) == ORGANISATION_LENGTH:
        if not is_organisation_code(plain):
            raise ValueError(
                f"the check character of the organisation code {plain} does not fit:"
                " a character is wrong"
            )
        return Mended(plain, note)
    if wrong := NOT_IN_CODES.search(plain):
        raise ValueError(f"{plain} has {wrong[0]}, which no credit code has; is it 0, 1, 2 or 5?")
    if len(plain) != LENGTH:
        raise ValueError(
            f"{plain[:40]} has {len(plain)} characters; a credit code has {LENGTH}, and the"
            f" organisation code of one without it {ORGANISATION_LENGTH}"
        )
    if not CREDIT_CODE.fullmatch(plain) or calc_check_digit(plain[:-1]) != plain[-1]:
        raise ValueError(f"the check character of {plain} does not fit: a character is wrong")
    return Mended(plain, note)


def is_organisation_code(plain: str) -> bool:
    """Return whether the check character of nine fits (GB 11714-1997)."""
    if not ORGANISATION_CODE.fullmatch(plain):
        return False
    total = sum(w * int(each, 36) for w, each in zip(ORGANISATION_WEIGHTS, plain, strict=False))
    return plain[-1] == {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def kind_of(plain: str) -> str:
    """Return what an organisation is by its code, in the words of the standard."""
    if len(plain) != LENGTH:
        return OTHER
    return KIND_NAMES.get(plain[:2]) or OFFICE_NAMES.get(plain[0], OTHER)
