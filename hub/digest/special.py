"""The special digest 专题研判: all about one case, or about one sort of matter over a time."""

from datetime import date, timedelta
from typing import Any

from hub.digest.document import Document, Plot, Section, Table
from hub.digest.pages import NO_PAGES, Pages
from hub.digest.queries import Day, Names, Rows
from hub.digest.sql import AS_IT_ENDED, END, OPEN, PERSON
from hub.digest.wording import chinese_date, excerpt, short
from hub.runtime.errors import HubError
from schemas.base import BEIJING
from schemas.cases.case import MOVE_NAMES, STATE_NAMES, Case, Move, State
from schemas.category import CATEGORIES
from schemas.channel import CHANNEL_NAMES, Channel

MATTER_DAYS = 90
MOST_ENTRIES = 60
SINCE = "toDateTime64({since:String}, 3, 'Asia/Shanghai')"
CASE = "SELECT body FROM cases WHERE case_id = {id:UUID}"
REPORTS = """
SELECT channel, received_at, title, content FROM events
WHERE event_id IN {ids:Array(UUID)} ORDER BY received_at LIMIT 100
"""
PEOPLE = f"""
SELECT uniqExact({PERSON}) AS people FROM events
WHERE event_id IN {{listed:Array(UUID)}}
   OR event_id IN (SELECT event_id FROM case_reports WHERE case_id = {{id:UUID}})
"""
ENTRIES = """
SELECT seq, move, at, state, reason, unit FROM case_events WHERE case_id = {id:UUID} ORDER BY seq
"""
NEIGHBOURS = """
SELECT toString(c.case_id) AS case_id, number, title, content, place_name, state, unit, reports,
       opened_at
FROM cases AS c
WHERE c.case_id != {id:UUID} AND grid_code = {grid:String} AND grid_code != ''
      AND splitByChar('.', category)[1] = {family:String} AND state NOT IN ('merged', 'withdrawn')
ORDER BY opened_at DESC LIMIT 12
"""
OF_MATTER = f"""kind = 'report' AND received_at >= {SINCE} AND received_at < {END}
    AND (category IN {{codes:Array(String)}} OR ({{words:String}} != ''
         AND (positionUTF8(title, {{words:String}}) > 0
              OR positionUTF8(content, {{words:String}}) > 0)))"""
EVENTS_OF = f"(SELECT event_id FROM events WHERE {OF_MATTER})"
IDS_OF = f"(SELECT case_id FROM dispositions WHERE event_id IN {EVENTS_OF})"
BY_DAY = f"""
SELECT toString(toDate(received_at)) AS day, uniqExact({PERSON}) AS people, count() AS reports
FROM events WHERE {OF_MATTER} GROUP BY day
"""
BY_CHANNEL = f"""
SELECT channel, count() AS reports FROM events WHERE {OF_MATTER}
GROUP BY channel ORDER BY reports DESC, channel
"""
BY_TOWNSHIP = f"""
SELECT substring(e.division_code, 1, 9) AS township, count() AS reports,
       uniqExact(e.person) AS people, uniqExact(d.case_id) AS cases,
       uniqExactIf(d.case_id, c.state IN {OPEN}) AS open,
       uniqExactIf(d.case_id, c.state IN {OPEN} AND c.due_at < {END}) AS overdue
FROM (SELECT event_id, division_code, {PERSON} AS person FROM events WHERE {OF_MATTER}) AS e
LEFT JOIN dispositions AS d ON d.event_id = e.event_id
LEFT JOIN {AS_IT_ENDED} AS c ON c.case_id = d.case_id
GROUP BY township ORDER BY reports DESC, township
"""
CASES_OF = f"""
SELECT toString(c.case_id) AS case_id, c.title AS title, c.content AS content,
       c.place_name AS place_name, c.state AS state, c.unit AS unit, c.reports AS reports,
       c.opened_at AS opened_at, c.number AS number
FROM cases AS c WHERE c.case_id IN {IDS_OF} AND c.state NOT IN ('merged', 'withdrawn')
ORDER BY c.reports DESC, c.opened_at LIMIT 15
"""
SETTLED = f"""
SELECT unit, count() AS cases, countIf(settled_at <= due_at) AS in_time,
       quantileExact(0.5)(dateDiff('hour', opened_at, assumeNotNull(settled_at))) AS hours
FROM cases
WHERE settled_at IS NOT NULL AND settled_at < {END} AND unit != '' AND case_id IN {IDS_OF}
GROUP BY unit ORDER BY cases DESC, unit
"""


class NoDigestError(HubError, ValueError):
    """There is no such case or matter, or the viewer may not see it; the message says which."""


def of_case(
    rows: Rows,
    day: Day,
    case_id: str,
    pages: Pages = NO_PAGES,
) -> Document:
    """Return the digest of one case; raises `NoDigestError`, and what asking raises."""
    bodies = rows(CASE, {"id": case_id})
    if not bodies:
        raise NoDigestError(f"no case {case_id} in the store")
    case = Case.model_validate_json(bodies[0]["body"])
    if case.confidential:
        raise NoDigestError("a confidential case 保密 has no digest: its own office may look at it")
    names = Names.ask(rows)
    words = excerpt(case.title, case.content)
    return Document(
        name=f"digest-case-{case_id}",
        title=f"专题研判：{case.place_name}{names.category(case.category)}",
        masthead=f"{names.county}民情专报",
        issue="专题研判",
        date=chinese_date(day.now.astimezone(BEIJING).date()),
        url=pages.case(case_id),
        subtitle=f"事项{case.number or case_id}，截至{_moment(day.now)}。{words}",
        sections=(
            _status_section(case, names, _people(rows, case)),
            _reports(rows, case),
            _life(rows, case, names),
            _neighbours(rows, case, names, pages),
        ),
    )


def _people(rows: Rows, case: Case) -> int:
    """Return how many people reported a case; the store knows the reports that it does not list."""
    if case.filed:
        listed = [str(report.event_id) for report in case.reports]
        return int(rows(PEOPLE, {"id": str(case.case_id), "listed": listed})[0]["people"])
    return len({report.reporter_key or report.event_id for report in case.reports})


def _status_section(case: Case, names: Names, people: int) -> Section:
    assignment = case.assignment
    lines = [
        ("状态", STATE_NAMES[case.state]),
        ("地点", f"{case.place_name} {names.area(case.grid_code or case.division_code[:9])}"),
        ("事项", names.category(case.category)),
        ("承办", names.unit(assignment.unit) if assignment else "未派单"),
        ("交办理由", assignment.reason if assignment else ""),
        ("诉求", f"{case.report_count}件，{people}人，催办{case.follow_ups}次"),
        ("时限", _moment(case.due_at) if case.due_at else ""),
        ("退单、延期、重办", f"{case.returns}次、{case.extensions}次、{case.reopenings}次"),
        ("答复", case.answer),
    ]
    return Section("一、事项概况", table=Table(("项目", "内容"), tuple(lines)))


def _reports(rows: Rows, case: Case) -> Section:
    reports = rows(REPORTS, {"ids": [str(report.event_id) for report in case.reports]})
    days = [row["received_at"].astimezone(BEIJING).date() for row in reports]
    span = _days(min(days), max(days)) if days else []
    lines = [
        (
            _moment(row["received_at"]),
            CHANNEL_NAMES[Channel(row["channel"])],
            excerpt(row["title"], row["content"]),
        )
        for row in reports
    ]
    plot = Plot(
        "told",
        "每日诉求（件）",
        "line",
        tuple(map(short, span)),
        (("诉求", tuple(float(days.count(day)) for day in span)),),
    )
    return Section(
        "二、反映情况",
        plot=plot if len(span) > 1 else None,
        table=Table(("时间", "渠道", "内容"), tuple(lines)),
    )


def _life(rows: Rows, case: Case, names: Names) -> Section:
    entries = rows(ENTRIES, {"id": str(case.case_id)})
    shown = entries[-MOST_ENTRIES:]
    lines = [
        (
            str(row["seq"]),
            _moment(row["at"]),
            MOVE_NAMES[Move(row["move"])],
            STATE_NAMES[State(row["state"])],
            names.unit(row["unit"]),
            row["reason"][:60],
        )
        for row in shown
    ]
    left = len(entries) - len(shown)
    return Section(
        "三、办理过程",
        words=(f"较早的{left}条略。",) if left else (),
        table=Table(("序", "时间", "环节", "状态", "承办", "说明"), tuple(lines)),
    )


def _neighbours(rows: Rows, case: Case, names: Names, pages: Pages) -> Section:
    bounds = {
        "id": str(case.case_id),
        "grid": case.grid_code,
        "family": case.category.partition(".")[0],
    }
    return Section(
        "四、同网格同类事项",
        words=(f"疑似同案待人工判定{len(case.suggested)}件。",) if case.suggested else (),
        table=_cases(rows(NEIGHBOURS, bounds), names, pages),
    )


def _cases(cases: list[dict[str, Any]], names: Names, pages: Pages) -> Table:
    lines = [
        (
            _moment(row["opened_at"])[:10],
            row["place_name"],
            excerpt(row["title"], row["content"]),
            str(row["reports"]),
            names.unit(row["unit"]),
            STATE_NAMES[State(row["state"])],
            pages.case_link(row["case_id"], row["number"]),
        )
        for row in cases
    ]
    return Table(("立案", "地点", "内容", "诉求", "承办", "状态", "事项页"), tuple(lines))


def codes_of(matter: str) -> list[str]:
    """Return the leaves that a matter names: a code, `family.*` or family, or a Chinese name."""
    family = matter.removesuffix(".*")
    return [
        code
        for code, leaf in CATEGORIES.items()
        if matter in (code, leaf.name) or code.partition(".")[0] == family
    ]


def of_matter(
    rows: Rows,
    day: Day,
    matter: str,
    pages: Pages = NO_PAGES,
) -> Document:
    """Return the digest of a sort of matter, by category or by words, up to a day.

    Raises `NoDigestError` if nobody reported it, and the errors of the query.
    """
    since = day.date - timedelta(days=MATTER_DAYS - 1)
    codes = codes_of(matter)
    bounds = {
        **day.bounds,
        "since": f"{since} 00:00:00",
        "codes": codes,
        "words": "" if codes else matter,
    }
    by_day = {date.fromisoformat(row["day"]): row for row in rows(BY_DAY, bounds)}
    if not by_day:
        raise NoDigestError(f"nobody reported {matter} from {since} to {day.date}")
    names = Names.ask(rows)
    title = names.category(codes[0]) if len(codes) == 1 else matter
    scope = "、".join(map(names.category, codes)) if codes else f"文字中有“{matter}”"
    days = _days(min(by_day), day.date)
    people = tuple(float(by_day[day]["people"]) if day in by_day else 0.0 for day in days)
    total = sum(row["reports"] for row in by_day.values())
    return Document(
        name=f"digest-matter-{_file(codes[0] if len(codes) == 1 else matter)}-{day.date}",
        title=f"专题研判：{title}",
        masthead=f"{names.county}民情专报",
        issue="专题研判",
        date=chinese_date(day.date),
        subtitle=f"{since}至{day.date}；范围：{scope}。",
        sections=(
            Section(
                "一、总体趋势",
                (f"共{total}件诉求。",),
                plot=_trend(days, people),
                table=_channels(rows(BY_CHANNEL, bounds)),
            ),
            Section("二、分布", table=_townships(rows(BY_TOWNSHIP, bounds), names)),
            Section("三、办结情况", table=_settled(rows(SETTLED, bounds), names)),
            Section("四、反映最多的事项", table=_cases(rows(CASES_OF, bounds), names, pages)),
        ),
    )


def _trend(days: list[date], people: tuple[float, ...]) -> Plot | None:
    """Return the line of the people by day; None for a single day."""
    if len(days) < 2:
        return None
    return Plot("trend", "每日反映人数", "line", tuple(map(short, days)), (("人数", people),))


def _channels(rows: list[dict[str, Any]]) -> Table:
    lines = [(CHANNEL_NAMES[Channel(row["channel"])], str(row["reports"])) for row in rows]
    return Table(("渠道", "诉求"), tuple(lines))


def _townships(rows: list[dict[str, Any]], names: Names) -> Table:
    lines = [
        (
            names.area(row["township"]),
            *(str(row[name]) for name in ("reports", "people", "cases", "open", "overdue")),
        )
        for row in rows
    ]
    return Table(("乡镇街道", "诉求", "人数", "事项数", "在办", "超期"), tuple(lines))


def _settled(rows: list[dict[str, Any]], names: Names) -> Table:
    lines = [
        (
            names.unit(row["unit"]),
            str(row["cases"]),
            f"{row['hours'] / 24:.1f}天",
            f"{row['in_time'] / row['cases']:.0%}",
        )
        for row in rows
    ]
    return Table(("承办单位", "办结", "用时中位数", "按时"), tuple(lines))


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _moment(at: Any) -> str:
    return str(at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")) if at else ""


def _file(words: str) -> str:
    """Return words as part of a file's name."""
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in words)
