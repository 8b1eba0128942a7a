"""Writers of the native formats that are sent as single messages: JSON, XML, mail, forms, rows."""

import gzip
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from geocoordinates_ffi import geocoordinates_ffi as geo

from connectors.values.urban_codes import TABLES
from connectors.wechat_official import WINDOW
from hub.lab.simulate.scenario.day import Submission
from hub.lab.simulate.scenario.message import Message
from schemas.base import BEIJING
from schemas.category import CATEGORIES
from schemas.channel import Channel
from schemas.reports.fact import Kind
from schemas.reports.raw import Transport

Submissions = Sequence[Submission]
POLLUTION = {"environment.air": "大气", "environment.water": "水", "environment.noise": "噪声"}
MARKET = {
    "market.food": ("01", "0103", "食品安全"),
    "market.price": ("02", "0201", "价格"),
    "market.consumer": ("03", "0301", "消费纠纷"),
    "market.tourism": ("04", "0401", "旅游"),
    "market.pyramid": ("05", "0501", "传销与非法集资"),
    "market.licence": ("06", "0601", "经营许可与质量监管"),
    "market.telecom": ("07", "0701", "通信服务"),
    "market.finance": ("08", "0801", "金融保险税务"),
}
PATROL_TYPES = {
    Kind.REPORT: "report",
    Kind.PATROL_CHECK: "check",
    Kind.VISIT: "visit",
    Kind.WISH: "wish",
}


def local(at: datetime) -> str:
    """Return Beijing time as `2026-03-02 09:00:00`, as most systems write it."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def dump(value: Any) -> bytes:
    """Return JSON as bytes."""
    return json.dumps(value, ensure_ascii=False).encode()


def truth_of(submissions: Submissions) -> tuple[tuple[str, str], ...]:
    """Return native id and matter of each valid submission."""
    return tuple(
        (submission.number, submission.matter)
        for submission in submissions
        if not submission.rubbish
    )


def gcj02(submission: Submission) -> tuple[float | None, float | None]:
    """Return lon, lat in GCJ-02, the system of Chinese maps; None, None without coordinates."""
    if submission.lon is None or submission.lat is None:
        return None, None
    point = geo.wgs84_to_gcj02(geo.Wgs84(lat=submission.lat, lon=submission.lon))
    return round(point.lon, 6), round(point.lat, 6)


def bd09(submission: Submission) -> tuple[float | None, float | None]:
    """Return lon, lat in BD-09, the system of Baidu; None, None without coordinates."""
    if submission.lon is None or submission.lat is None:
        return None, None
    point = geo.wgs84_to_bd09(geo.Wgs84(lat=submission.lat, lon=submission.lon))
    return round(point.lon, 6), round(point.lat, 6)


def hotline(submissions: Submissions) -> Message:
    """Return a push of work orders as JSON."""
    orders = [
        {
            "workOrderNo": "" if t.rubbish else t.number,
            "originalNo": t.parent,
            "callType": "催办" if t.kind is Kind.FOLLOW_UP else "诉求",
            "callTime": local(t.at),
            "caller": {"name": t.person.name, "phone": t.person.phone},
            "title": t.title,
            "content": t.content,
            "address": t.place.name,
            "areaCode": t.place.division_code[:9],
            "lng": t.lon,
            "lat": t.lat,
            "categoryName": CATEGORIES[t.category].name,
        }
        for t in submissions
    ]
    return Message(
        Channel.HOTLINE_12345,
        Transport.HTTP,
        dump({"orders": orders}),
        len(submissions),
        truth_of(submissions),
        "application/json",
    )


def consumer(submissions: Submissions) -> Message:
    """Return an XML package of cases in GB18030."""
    cases = []
    for t in submissions:
        main, sub, name = MARKET[t.category]
        cases.append(
            f"<Case><RegNo>{t.number}</RegNo><Type>{'9' if t.rubbish else '1'}</Type>"
            f"<RegTime>{local(t.at)}</RegTime><Complainant><Name>{t.person.name}</Name>"
            f"<Tel>{t.person.phone}</Tel></Complainant><Enterprise><Name>{t.object_name}</Name>"
            f"<Address>{t.place.name}</Address></Enterprise><Amount>128.00</Amount>"
            f'<Category><L1 code="{main}"><L2 code="{sub}" name="{name}"/></L1></Category>'
            f"<Title>{t.title}</Title><Content>{escape(t.content)}</Content>"
            f"<AreaCode>{t.place.division_code[:9]}</AreaCode></Case>"
        )
    text = f'<?xml version="1.0" encoding="GB18030"?><Package>{"".join(cases)}</Package>'
    return Message(
        Channel.CONSUMER_12315,
        Transport.HTTP,
        text.encode("gb18030"),
        len(submissions),
        truth_of(submissions),
        "application/xml; charset=GB18030",
    )


def police(submissions: Submissions) -> Message:
    """Return one alarm for the Kafka topic of the police."""
    (t,) = submissions
    lon, lat = gcj02(t)
    alarm = {
        "jqbh": t.number,
        "bjsj": int(t.at.timestamp() * 1000),
        "bjdh": t.person.phone,
        "jqlb": CATEGORIES[t.category].name,
        "bjnr": "" if t.rubbish else t.content,
        "sfdd": t.place.name,
        "jd": lon,
        "wd": lat,
        "jjbz": 0,
        "xzqh": t.place.division_code[:6],
    }
    return Message(Channel.POLICE_110, Transport.KAFKA, dump(alarm), 1, truth_of(submissions))


def urban(submissions: Submissions) -> Message:
    """Return a push of tasks as JSON."""
    codes = {leaf.category: (kind, leaf.code) for (kind, _), leaf in TABLES["2023"].items()}
    tasks = []
    for t in submissions:
        kind, code = codes[t.category]
        tasks.append(
            {
                "taskNum": t.number,
                "updateNum": "0",
                "eventType": kind,
                "mainTypeCode": code[:2],
                "subTypeCode": "99" if t.rubbish else code[2:],
                "codeVersion": "2023",
                "recDesc": t.content,
                "createTime": local(t.at),
                "address": t.place.name,
                "coordinateX": t.lon,
                "coordinateY": t.lat,
                "coordType": "cgcs2000",
                "reporterName": "采集员",
            }
        )
    return Message(
        Channel.URBAN_12319,
        Transport.HTTP,
        dump({"tasks": tasks}),
        len(submissions),
        truth_of(submissions),
        "application/json",
    )


def governance(submissions: Submissions) -> Message:
    """Return one CloudEvent in structured mode."""
    (t,) = submissions
    event = {
        "specversion": "1.0",
        "id": f"e-{t.number}",
        "source": "/zongzhi/qinghe",
        "type": "cn.zongzhi.weather" if t.rubbish else "cn.zongzhi.dispute.reported",
        "time": t.at.isoformat(),
        "datacontenttype": "application/json",
        "data": {
            "disputeNo": t.number,
            "type": CATEGORIES[t.category].name,
            "parties": [{"role": "申请人", "name": t.person.name, "phone": t.person.phone}],
            "occurredAt": t.at.isoformat(),
            "address": t.place.name,
            "lon": t.lon,
            "lat": t.lat,
            "areaCode": t.place.division_code,
            "description": t.content,
        },
    }
    return Message(
        Channel.GOVERNANCE_PLATFORM,
        Transport.HTTP,
        dump(event),
        1,
        truth_of(submissions),
        "application/cloudevents+json",
    )


def patrol(submissions: Submissions) -> Message:
    """Return the upload of a phone: NDJSON, gzip, not in order of time."""
    lines = [
        dump(
            {
                "id": t.number,
                "type": "dance" if t.rubbish else PATROL_TYPES[t.kind],
                "workerId": t.worker or f"W{t.place.grid_code}",
                "workerName": t.person.name,
                "gridCode": t.place.grid_code,
                "at": t.at.isoformat(),
                "lon": t.lon,
                "lat": t.lat,
                "category": CATEGORIES[t.category].name if t.kind is Kind.REPORT else "",
                "text": t.content,
                "household": {"code": t.household} if t.household else None,
                "person": {"code": t.visited} if t.visited else None,
                "found": {"type": "wish", "text": t.wish} if t.wish else None,
            }
        )
        for t in reversed(submissions)
    ]
    wishes = [t for t in submissions if t.wish and not t.rubbish]
    truth = (*truth_of(submissions), *((f"{t.number}/found", f"{t.matter}W") for t in wishes))
    return Message(
        Channel.GRID_PATROL,
        Transport.HTTP,
        gzip.compress(b"\n".join(lines), mtime=0),
        len(submissions) + len(wishes),
        truth,
        "application/x-ndjson",
        {"Content-Encoding": "gzip"},
    )


def wechat(submissions: Submissions) -> Message:
    """Return one message of a WeChat user as XML."""
    (t,) = submissions
    at = int(t.at.timestamp())
    kind = "hologram" if t.rubbish else "text"
    body = (
        f"<xml><ToUserName>gh_qinghe</ToUserName><FromUserName>{t.number}</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>{kind}</MsgType>"
        f"<Content><![CDATA[{t.content}]]></Content><MsgId>{at}{t.number[-6:]}</MsgId></xml>"
    ).encode()
    truth = () if t.rubbish else ((f"{t.number}-{at // WINDOW}", t.matter),)
    return Message(Channel.WECHAT_OFFICIAL, Transport.HTTP, body, 1, truth, "text/xml")


def open311(submissions: Submissions) -> Message:
    """Return one service request; the hub assigns its native id, so `truth` has our own number."""
    (t,) = submissions
    form = {
        "service_code": "no.such.code" if t.rubbish else t.category,
        "lat": t.lat,
        "long": t.lon,
        "address_string": t.place.name,
        "first_name": t.person.name,
        "phone": t.person.phone,
        "description": t.content,
    }
    return Message(
        Channel.OPEN311,
        Transport.HTTP,
        urlencode(form).encode(),
        1,
        truth_of(submissions),
        "application/x-www-form-urlencoded",
    )


def mail(submissions: Submissions) -> Message:
    """Return one mail."""
    (t,) = submissions
    message = EmailMessage()
    message["From"] = f"{t.person.name} <{t.person.phone}@example.org>"
    message["To"] = "mayor@qinghe.example"
    message["Subject"] = "" if t.rubbish else t.title
    message["Message-ID"] = f"<{t.number}@example.org>"
    message["Date"] = format_datetime(t.at.astimezone(BEIJING))
    text = "" if t.rubbish else f"市长您好：\n{t.content}\n此致\n{t.person.name}"
    message.set_content(text)
    body = message.as_bytes()
    truth = () if t.rubbish else ((f"{t.number}@example.org", t.matter),)
    return Message(Channel.MAYOR_MAILBOX, Transport.MAIL, body, 1, truth)


def post(submissions: Submissions) -> Message:
    """Return one post as the API of the leader board lists it."""
    (t,) = submissions
    fields = {
        "tid": t.number,
        "forum": "清河县委书记",
        "subject": t.title,
        "content": "" if t.rubbish else f"<p>书记您好：</p><p>{t.content}</p>",
        "nickname": t.person.name,
        "createdAt": t.at.isoformat(),
        "areaCode": t.place.division_code[:9],
        "domainName": CATEGORIES[t.category].name,
    }
    if t.rubbish:
        fields["subject"] = ""
    return Message(Channel.LEADER_BOARD, Transport.POLL, dump(fields), 1, truth_of(submissions))


def row(submissions: Submissions) -> Message:
    """Return one row of the 12369 table."""
    (t,) = submissions
    lon, lat = bd09(t)
    fields = {
        "complaint_no": t.number,
        "report_time": local(t.at),
        "updated_at": local(t.at),
        "reporter_name": t.person.name,
        "phone": t.person.phone,
        "pollution_type": POLLUTION.get(t.category, "固废"),
        "content": "" if t.rubbish else t.content,
        "lng": lon,
        "lat": lat,
        "address": t.place.name,
        "area_code": t.place.division_code[:9],
        "status": "new",
    }
    return Message(
        Channel.ENVIRONMENT_12369, Transport.DATABASE, dump(fields), 1, truth_of(submissions)
    )


WRITERS: dict[Channel, tuple[Callable[[Submissions], Message], int]] = {
    Channel.HOTLINE_12345: (hotline, 2),
    Channel.CONSUMER_12315: (consumer, 3),
    Channel.POLICE_110: (police, 1),
    Channel.LEADER_BOARD: (post, 1),
    Channel.MAYOR_MAILBOX: (mail, 1),
    Channel.WECHAT_OFFICIAL: (wechat, 1),
    Channel.OPEN311: (open311, 1),
    Channel.ENVIRONMENT_12369: (row, 1),
    Channel.URBAN_12319: (urban, 2),
    Channel.GOVERNANCE_PLATFORM: (governance, 1),
    Channel.GRID_PATROL: (patrol, 12),
}
"""Channel → its writer, and the number of submissions in one message."""
