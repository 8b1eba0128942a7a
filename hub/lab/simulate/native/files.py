"""Writers of the native formats that channels deliver as files: CSV, Excel, ZIP with XML."""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

import openpyxl

from hub.lab.simulate.native.pushes import Submissions, local, truth_of
from hub.lab.simulate.scenario.day import Submission
from hub.lab.simulate.scenario.message import Message
from schemas.base import BEIJING
from schemas.category import CATEGORIES
from schemas.channel import Channel
from schemas.reports.raw import Transport

CSV_HEADER = (
    "工单编号",
    "来电时间",
    "来电人",
    "联系电话",
    "线路/车牌",
    "事项类别",
    "诉求内容",
    "地点",
)
GROUPS = ("工单信息", None, "来电人信息", None, None, "诉求", None, None, None)
COLUMNS = (
    "工单号",
    "受理时间",
    "姓名",
    "身份证号",
    "联系电话",
    "事项类别",
    "诉求内容",
    "地址",
    "单位名称",
)
EPOCH = datetime(1899, 12, 30, tzinfo=BEIJING)


def table(submissions: Submissions) -> Message:
    """Return a CSV in GB18030 with two date formats and a line of totals."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_HEADER)
    for index, t in enumerate(submissions):
        at = local(t.at) if index % 2 else t.at.astimezone(BEIJING).strftime("%Y/%m/%d %H:%M")
        cells = [
            t.number,
            at,
            t.person.name,
            t.person.phone,
            "3路",
            CATEGORIES[t.category].name,
            t.content,
            t.place.name,
        ]
        writer.writerow(["", *cells[1:]] if t.rubbish else cells)
    writer.writerow(["合计", len(submissions), *[""] * 6])
    return Message(
        Channel.TRANSPORT_12328,
        Transport.FILE,
        text.getvalue().encode("gb18030"),
        len(submissions) + 1,
        truth_of(submissions),
        name=f"12328_{submissions[0].number}.csv",
    )


def workbook(submissions: Submissions) -> Message:
    """Return an Excel file with a header of two levels and serial dates."""
    book = openpyxl.Workbook()
    sheet = book.active
    if sheet is None:
        raise ValueError("a new workbook has no sheet")
    sheet.append(GROUPS)
    sheet.append(COLUMNS)
    for area in ("A1:B1", "C1:E1", "F1:I1"):
        sheet.merge_cells(area)
    for t in submissions:
        serial = (t.at.astimezone(BEIJING) - EPOCH).total_seconds() / 86400
        sheet.append(
            [
                t.number,
                "昨天" if t.rubbish else serial,
                t.person.name,
                t.person.id_number,
                int(t.person.phone),
                CATEGORIES[t.category].name,
                t.content,
                t.place.name,
                t.object_name,
            ]
        )
    content = io.BytesIO()
    book.save(content)
    return Message(
        Channel.LABOUR_12333,
        Transport.FILE,
        content.getvalue(),
        len(submissions),
        truth_of(submissions),
        name=f"12333_{submissions[0].number}.xlsx",
    )


def letters(submissions: Submissions) -> Message:
    """Return a ZIP of petitions, each with a scan."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, t in enumerate(submissions):
            archive.writestr(f"{index}.xml", _petition(t, f"{index}.jpg").encode("gb18030"))
            archive.writestr(f"{index}.jpg", b"\xff\xd8" + t.number.encode())
    orphaned_scans = sum(t.rubbish for t in submissions)
    return Message(
        Channel.PETITION_LETTERS,
        Transport.FILE,
        content.getvalue(),
        len(submissions) + orphaned_scans,
        truth_of(submissions),
        name=f"xf_{submissions[0].number}.zip",
    )


def _petition(t: Submission, scan: str) -> str:
    form = "传真" if t.rubbish else "来信"
    return (
        f'<?xml version="1.0" encoding="GB18030"?><Petition><PetitionNo>{t.number}</PetitionNo>'
        f"<Form>{form}</Form><RegisterTime>{local(t.at)}</RegisterTime><Petitioners><Petitioner>"
        f"<Name>{t.person.name}</Name><Phone>{t.person.phone}</Phone>"
        f"<IdCard>{t.person.id_number}</IdCard></Petitioner></Petitioners>"
        f"<Subject>{t.title}</Subject><Content>{escape(t.content)}</Content>"
        f"<AreaCode>{t.place.division_code[:9]}</AreaCode><Address>{t.place.name}</Address>"
        f"<Category>{CATEGORIES[t.category].name}</Category>"
        f'<Attachments><File name="{scan}"/></Attachments></Petition>'
    )


FILE_WRITERS: dict[Channel, tuple[Callable[[Sequence[Submission]], Message], int]] = {
    Channel.TRANSPORT_12328: (table, 25),
    Channel.LABOUR_12333: (workbook, 25),
    Channel.PETITION_LETTERS: (letters, 10),
}
"""Channel → its writer, and the number of submissions in one file."""
