"""The daily digest 一日一研判 as a paper for leaders: conclusions first, then the sections."""

from collections.abc import Mapping
from dataclasses import replace
from statistics import median
from typing import Any

from hub.digest.conclusions import COUNTABLE, FLOOD, conclusions
from hub.digest.document import (
    Document,
    KeyFigure,
    Link,
    Map,
    Plot,
    Section,
    Sparkline,
    Table,
)
from hub.digest.findings import Findings
from hub.digest.more.burdens import burdens_section
from hub.digest.more.community import community_sections
from hub.digest.more.firms import firms_section
from hub.digest.more.service_items import service_items_section
from hub.digest.pages import NO_PAGES, Pages
from hub.digest.queries import BACK_DAYS, Day, Rows
from hub.digest.rise import FALSE_SHARE, FEWEST_DAYS, FEWEST_PEOPLE, LEAST_LIFT
from hub.digest.wording import WEEKDAYS, chinese_date, excerpt, short
from schemas.cases.case import STATE_NAMES, State
from schemas.channel import CHANNEL_NAMES, Channel
from streams.case.deadline import is_working_day

FEWEST_PLOTTED = 3
"""Days that a plot over time needs; a line through fewer says nothing."""
MOST_BARS = 10
MOST_ROWS = 15
"""Rises that the table lists; the text counts those after them."""
FIGURES = {
    "acceptance": "按时签收",
    "settlement": "按时办结",
    "response": "响应",
    "solution": "解决",
    "satisfaction": "满意",
}


def daily(
    rows: Rows,
    day: Day,
    pages: Pages = NO_PAGES,
    shapes: Mapping[str, tuple[Any, ...]] | None = None,
) -> Document:
    """Return the digest of a day; raises what asking raises.

    `shapes` has the rings of each township, by code; without them there is no map.
    """
    findings = Findings.ask(rows, day, pages, shapes or {})
    county = findings.names.county
    state = "" if day.over else f"；当日未结束，数据截至{day.bounds['end'][11:16]}"
    return Document(
        name=f"digest-{day.date}",
        title=f"{county}民情一日一研判",
        masthead=f"{county}民情专报",
        issue=f"{day.date.year}年第{day.date.timetuple().tm_yday}期",
        date=chinese_date(day.date),
        subtitle=f"{chinese_date(day.date)}，星期{WEEKDAYS[day.date.weekday()]}{state}",
        figures=_figures(findings),
        conclusions=conclusions(findings),
        url=pages.digest(str(day.date)),
        sections=(
            _overview(findings),
            _risen(findings),
            _clusters(findings),
            _overdue(findings),
            _again(findings),
            _places(findings),
            _rounds(findings),
            *_more(findings),
        ),
        notes=_notes(findings),
    )


def _figures(findings: Findings) -> tuple[KeyFigure, ...]:
    flow, moves = findings.flow, findings.moves
    before = [flow.total(day) for day in flow.comparable]
    known = len(findings.days) > 1
    people = tuple(float(flow.total(day)) for day in findings.days) if known else ()
    usual = f"平时{median(before):.0f}人" if before else "此前无数据可比"
    late = findings.states["overdue"]
    return (
        KeyFigure(
            "当日反映",
            f"{flow.total(findings.day.date)}人",
            usual,
            people,
            findings.rows_page("reports"),
        ),
        KeyFigure(
            "当日立案",
            f"{findings.states['opened']}件",
            f"催办{moves.get('follow_up', 0)}次",
            findings.line("opened"),
            findings.rows_page("opened"),
        ),
        KeyFigure(
            "当日办结",
            f"{moves.get('resolve', 0)}件",
            f"退单{moves.get('return', 0)}次",
            findings.line("resolved"),
            findings.rows_page("resolved"),
        ),
        KeyFigure(
            "日终在办",
            f"{findings.states['open']}件",
            f"超期{late}件" if late else "无超期",
            url=findings.rows_page("open"),
        ),
    )


def _overview(findings: Findings) -> Section:
    day, flow, moves, states = findings.day, findings.flow, findings.moves, findings.states
    before = [flow.total(other) for other in flow.comparable]
    usual = f"平时（同类日中位数）{median(before):.0f}人" if before else "此前无数据可比"
    rates = [
        f"{name}{findings.rates[figure]['well'] / findings.rates[figure]['occasions']:.0%}"
        f"（{findings.rates[figure]['occasions']}件次）"
        for figure, name in FIGURES.items()
        if figure in findings.rates
    ]
    words = [
        f"当日{flow.total(day.date)}人反映，{usual}。立案{states['opened']}件，"
        f"办结{moves.get('resolve', 0)}件次，催办{moves.get('follow_up', 0)}次，"
        f"退单{moves.get('return', 0)}次，吹哨{moves.get('whistle', 0)}次。",
        f"日终在办{states['open']}件，其中超期{states['overdue']}件，待研判{states['triage']}件。",
    ]
    if rates:
        words.append("当日" + "，".join(rates) + "。")
    channels = [
        (
            CHANNEL_NAMES[Channel(row["channel"])],
            str(row["reports"]),
            str(row["urgings"]),
            str(row["events"]),
        )
        for row in findings.channels
    ]
    line = Plot(
        "flow",
        "近四周每日反映人数",
        "line",
        tuple(map(short, findings.days)),
        (("人数", tuple(float(flow.total(other)) for other in findings.days)),),
    )
    shaded = Map("map", "各乡镇街道当日反映人数", findings.regions)
    return Section(
        title="一、总体情况",
        words=tuple(words),
        plot=line if len(findings.days) >= FEWEST_PLOTTED else None,
        map=shaded if any(region.value for region in findings.regions) else None,
        table=Table(("渠道", "诉求", "催办", "合计（含巡查走访）"), tuple(channels)),
        pages=(Link("当日全部诉求", findings.rows_page("reports")),),
        empty="当日没有收到任何渠道的信息。",
    )


def _risen(findings: Findings) -> Section:
    flow, names = findings.flow, findings.names
    lines = [
        (
            names.area(rise.key[0]),
            Link(
                names.category(rise.key[1]),
                findings.rows_page("reports", township=rise.key[0], category=rise.key[1]),
            ),
            str(rise.today),
            f"{rise.usual:.1f}",
            f"{rise.today / rise.usual:.1f}倍" if rise.usual >= COUNTABLE else "",
            Sparkline(findings.flow.line(rise.key[0], rise.key[1], findings.days)),
            _chance(rise.chance),
        )
        for rise in findings.risen[:MOST_ROWS]
    ]
    words: tuple[str, ...] = ()
    if not flow.comparable:
        words = ("此前没有数据，尚不能判断突增。",)
    elif len(flow.comparable) < FEWEST_DAYS:
        words = (f"此前只有{len(flow.comparable)}天数据，不足{FEWEST_DAYS}天，尚不能判断突增。",)
    elif len(findings.risen) > MOST_ROWS:
        words = (f"共{len(findings.risen)}类事项突增，下表为最确定的{MOST_ROWS}类。",)
    columns = ("乡镇街道", "事项", "当日人数", "平时", "倍数", "近四周", "误报可能")
    return Section(
        title="二、突增事项",
        words=words,
        table=Table(columns, tuple(lines)),
        empty="" if words else "没有突增的事项。",
    )


def _clusters(findings: Findings) -> Section:
    lines = [
        (
            str(row["fresh"]),
            str(row["reports"]),
            findings.names.category(row["category"]),
            row["place_name"],
            excerpt(row["title"], row["content"]),
            findings.names.unit(row["unit"]),
            STATE_NAMES[State(row["state"])],
            findings.pages.case_link(row["case_id"], row["number"]),
        )
        for row in findings.clusters
    ]
    columns = ("当日", "累计", "事项", "地点", "内容", "承办", "状态", "事项页")
    return Section(
        title="三、同一事项集中反映",
        words=("当日有人反映、累计三件以上诉求并为一案的事项。",) if lines else (),
        table=Table(columns, tuple(lines)),
        empty="当日没有累计三件以上诉求的事项。",
    )


def _overdue(findings: Findings) -> Section:
    lines = [
        (
            Link(findings.names.unit(row["unit"]), findings.rows_page("overdue", unit=row["unit"])),
            str(row["open"]),
            str(row["overdue"]),
            f"{row['hours'] / 24:.1f}天",
            str(row["soon"]),
        )
        for row in findings.overdue
    ]
    shown = findings.overdue[:MOST_BARS]
    plot = Plot(
        "overdue",
        "日终超期未结（件）",
        "bars",
        tuple(findings.names.unit(row["unit"]) for row in shown),
        (("超期", tuple(float(row["overdue"]) for row in shown)),),
    )
    return Section(
        title="四、超期未结",
        plot=plot if len(shown) >= FEWEST_PLOTTED and shown[0]["overdue"] > 1 else None,
        table=Table(("承办单位", "在办", "超期", "最久超期", "一日内到期"), tuple(lines)),
        pages=(Link("全部超期事项", findings.rows_page("overdue")),) if lines else (),
        empty="日终没有超期的事项。",
    )


def _again(findings: Findings) -> Section:
    lines = [
        (
            f"诉求人{number}",
            str(row["tellings"]),
            str(row["today"]),
            f"{row['channels']}个",
            findings.names.category(row["category"]),
            str(sum(bool(case) for case in row["cases"])),
            str(len(findings.still_open & set(row["cases"]))),
            "疑似刷件，如数列出" if row["today"] >= FLOOD else "",
        )
        for number, row in enumerate(findings.repeated, 1)
    ]
    columns = ("诉求人", "次数", "当日", "渠道", "主要事项", "事项数", "未结", "备注")
    return Section(
        title="五、反复诉求",
        words=(f"{BACK_DAYS}天内反映或催办三次以上、当日又来的人；不显示姓名与号码。",)
        if lines
        else (),
        table=Table(columns, tuple(lines)),
        empty=f"没有{BACK_DAYS}天内反映三次以上、当日又来的人。",
    )


def _places(findings: Findings) -> Section:
    lines = [
        (
            Link(
                row["place_name"],
                findings.rows_page("place", grid=row["grid_code"], place=row["place_name"]),
            ),
            findings.names.area(row["grid_code"]),
            str(row["families"]),
            "、".join(sorted(map(findings.names.category, row["categories"]))),
            str(row["reports"]),
            str(row["people"]),
        )
        for row in findings.places
    ]
    return Section(
        title="六、多类问题叠加的地点",
        words=(f"{BACK_DAYS}天内有三大类以上问题、五人以上反映的地点。",) if lines else (),
        table=Table(("地点", "网格", "大类", "事项", "诉求", "人数"), tuple(lines)),
        empty=f"没有{BACK_DAYS}天内三大类以上问题叠加的地点。",
    )


def _rounds(findings: Findings) -> Section:
    lines = [
        (
            row["plan_name"],
            str(row["due"]),
            str(row["done"]),
            str(row["missed"]),
            f"{row['done'] / row['due']:.1%}",
        )
        for row in findings.rounds
    ]
    return Section(
        title="七、巡查走访",
        words=("当日到期的计划；补传的记录计入后会更新。",) if lines else (),
        table=Table(("计划", "应走", "已走", "未走", "覆盖率"), tuple(lines)),
        empty="当日没有到期的巡查走访计划。",
    )


def _more(findings: Findings) -> tuple[Section, ...]:
    """Return the sections of what a city may have none of, numbered on from the seventh."""
    sections = (
        *community_sections(findings.names, findings.projects, findings.deliberations),
        firms_section(findings.names, findings.firms),
        service_items_section(findings.late_items),
        burdens_section(findings.names, findings.tasks, findings.receivers),
    )
    present = (section for section in sections if section is not None)
    return tuple(
        replace(section, title=f"{number}、{section.title}")
        for number, section in zip(("八", "九", "十", "十一", "十二"), present, strict=False)
    )


def _notes(findings: Findings) -> tuple[str, ...]:
    flow, day = findings.flow, findings.day
    like = "此前各日"
    if len(flow.comparable) < len(flow.days):
        like = "工作日" if is_working_day(day.date) else "休息日"
    return (
        "一日为北京时间零时至二十四时，以本系统收到的时间为准；在办、超期按日终状态统计。",
        f"突增与前八周{like}（{len(flow.comparable)}天）相比；同一人一天多次只计一次；"
        f"误报比例控制在{FALSE_SHARE:.0%}以内，少于{FEWEST_PEOPLE}人或不足平时{LEAST_LIFT}倍不列。",
        "个人信息已脱敏；保密事项只计数，不引用内容。建议由规则生成，供研判参考。",
    )


def _chance(share: float) -> str:
    return "<0.01%" if share < 0.0001 else f"{share:.2%}"
