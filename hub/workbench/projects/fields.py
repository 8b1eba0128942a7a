"""The fields that the forms of new projects and topics share 登记表共有的栏目. Pure."""

from collections.abc import Collection, Mapping, Sequence

from connectors.values.text import tidy
from hub.numbered.code import tidy_number
from hub.projects.columns import LONGEST_LINE, LONGEST_TEXT
from hub.workbench.projects.forms import read_day


def read_fields(posted: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Return the value of each named field as a reader sees it; empty where it is missing.

    All but the summary are one line. The number is written as in lists, because the code of the
    matter is derived from it.
    """
    values = {name: tidy(posted.get(name, "")) for name in names}
    values |= {name: " ".join(values[name].split()) for name in names if name != "summary"}
    return values | {"number": tidy_number(values["number"])}


def faults_of_fields(
    values: Mapping[str, str],
    needed: Mapping[str, str],
    lines: Sequence[str],
    villages: Collection[str],
    units: Collection[str],
) -> dict[str, str]:
    """Return what is wrong with the shared fields, in words: field → sentence.

    `needed` are fields that must have a value, with the sentence if they have none; `lines` are
    those of one short line; `villages` and `units` are the codes that the viewer may choose.
    """
    faults = {name: text for name, text in needed.items() if not values[name]}
    faults |= {name: f"最多{LONGEST_LINE}字" for name in lines if len(values[name]) > LONGEST_LINE}
    if len(values["summary"]) > LONGEST_TEXT:
        faults["summary"] = f"最多{LONGEST_TEXT}字"
    if values["division_code"] not in villages:
        faults["division_code"] = "请选择村或社区"
    if values["unit"] not in units:
        faults["unit"] = "请选择责任单位"
    try:
        read_day(values["due"])
    except ValueError:
        faults["due"] = "期限写成2026-12-31"
    return faults
