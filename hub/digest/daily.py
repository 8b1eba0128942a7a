"""The daily digest 一日一研判: increases, repeats, overdue cases, places with several issues."""

from datetime import date
from statistics import median

from hub.digest import sql as questions
from hub.digest.document import Document, Plot, Section, Table
from hub.digest.queries import BACK_DAYS, Day, Flow, Names, Rows
from hub.digest.rise import (
    FALSE_SHARE,
    FEWEST_DAYS,
    FEWEST_PEOPLE,
    LEAST_LIFT,
    rises,
)
from hub.digest.sql import LOOKED_BACK, RECEIVED
from schemas.cases.case import STATE_NAMES, State
from schemas.channel import CHANNEL_NAMES, Channel
from streams.case.deadline import is_working_day

PLOTTED_DAYS = 28
EXCERPT = 42
"""Characters of a citizen's masked words that a digest shows."""
FLOOD = 20
"""Tellings of one person on one day that are called a flood 刷件."""
FIGURES = {
    "acceptance": "按时签收",
    "settlement": "按时办结",
    "response": "响应",
    "solution": "解决",
    "satisfaction": "满意",
}
WEEKDAYS = "一二三四五六日"


def daily(rows: Rows, day: Day) -> Document:
    """Return the digest of a day; raises what asking raises."""
    names, flow = Names.ask(rows), Flow.ask(rows, day)
    title = f"{day.date}，星期{WEEKDAYS[day.date.weekday()]}"
    state = "" if day.over else f"；当日未结束，数据截至{day.bounds['end'][11:16]}"
    return Document(
        name=f"digest-{day.date}",
        title=f"民情一日一研判 {day.date}",
        subtitle=f"{title}{state}。数字可由各节“明细”查询得到；个人信息已脱敏。",
        sections=(
            _overview(rows, day, flow),
            _risen(flow, names, day),
            _clusters(rows, day, names),
            _overdue(rows, day, names),
            _again(rows, day, names),
            _places(rows, day, names),
            _rounds(rows, day),
        ),
    )


def _overview(rows: Rows, day: Day, flow: Flow) -> Section:
    bounds = day.bounds
    (states,) = rows(questions.STATES, bounds)
    moves = {row["move"]: row["entries"] for row in rows(questions.MOVES, bounds)}
    today, before = flow.total(day.date), [flow.total(day) for day in flow.comparable]
    usual = f"平时（同类日中位数）{median(before):.0f}人" if before else "此前无数据可比"
    by_figure = {row["figure"]: row for row in rows(questions.RATES, bounds)}
    rates = [
        f"{name}{by_figure[figure]['well'] / by_figure[figure]['occasions']:.0%}"
        f"（{by_figure[figure]['occasions']}件次）"
        for figure, name in FIGURES.items()
        if figure in by_figure
    ]
    words = [
        f"当日{today}人反映，{usual}。立案{states['opened']}件，办结{moves.get('resolve', 0)}件次，"
        f"催办{moves.get('follow_up', 0)}次，退单{moves.get('return', 0)}次，"
        f"吹哨{moves.get('whistle', 0)}次。",
        f"日终在办{states['open']}件，其中超期{states['overdue']}件，待研判{states['triage']}件。",
    ]
    if rates:
        words.append("当日" + "，".join(rates) + "。")
    days = [*flow.days, day.date][-PLOTTED_DAYS:]
    channels = [
        (
            CHANNEL_NAMES[Channel(row["channel"])],
            str(row["reports"]),
            str(row["urgings"]),
            str(row["events"]),
        )
        for row in rows(questions.CHANNELS, bounds)
    ]
    return Section(
        title="一、总体情况",
        words=tuple(words),
        plot=Plot(
            "flow",
            "近四周每日反映人数",
            "line",
            tuple(map(short, days)),
            (("人数", tuple(float(flow.total(day)) for day in days)),),
        ),
        table=Table(("渠道", "诉求", "催办", "合计（含巡查走访）"), tuple(channels)),
        behind=runnable(
            f"SELECT channel, kind, count() FROM events WHERE {RECEIVED} GROUP BY channel, kind",
            day,
        ),
    )


def _risen(flow: Flow, names: Names, day: Day) -> Section:
    risen = rises(flow.series())
    like = "此前各日"
    if len(flow.comparable) < len(flow.days):
        like = "工作日" if is_working_day(day.date) else "休息日"
    method = (
        f"与前八周{like}（{len(flow.comparable)}天）相比；同一人一天多次只计一次；"
        f"误报比例控制在{FALSE_SHARE:.0%}以内，少于{FEWEST_PEOPLE}人或不足平时{LEAST_LIFT}倍不列。"
    )
    if len(flow.comparable) < FEWEST_DAYS:
        method = f"此前只有{len(flow.comparable)}天数据，不足{FEWEST_DAYS}天，尚不能判断突增。"
    labels = [f"{names.area(rise.key[0])} {names.category(rise.key[1])}" for rise in risen]
    lines = [
        (
            names.area(rise.key[0]),
            names.category(rise.key[1]),
            str(rise.today),
            f"{rise.usual:.1f}",
            f"{rise.today / rise.usual:.1f}倍",
            _chance(rise.chance),
        )
        for rise in risen
    ]
    plot = Plot(
        "risen",
        "突增事项：当日与平时（人）",
        "bars",
        tuple(labels[:12]),
        (
            ("平时", tuple(round(rise.usual, 1) for rise in risen[:12])),
            ("当日", tuple(float(rise.today) for rise in risen[:12])),
        ),
    )
    return Section(
        title="二、突增事项",
        words=(method,),
        plot=plot if risen else None,
        table=Table(("乡镇街道", "事项", "当日人数", "平时", "倍数", "误报可能"), tuple(lines)),
        behind=runnable(
            "SELECT native_id, channel, place_name, title FROM events"
            f" WHERE kind = 'report' AND {RECEIVED} AND category = '…'"
            " AND startsWith(division_code, '…')",
            day,
        ),
    )


def _clusters(rows: Rows, day: Day, names: Names) -> Section:
    lines = [
        (
            str(row["fresh"]),
            str(row["reports"]),
            f"{row['channels']}个",
            names.category(row["category"]),
            row["place_name"],
            excerpt(row["title"], row["content"]),
            names.unit(row["unit"]),
            STATE_NAMES[State(row["state"])],
            row["case_id"],
        )
        for row in rows(questions.CLUSTERS, day.bounds)
    ]
    return Section(
        title="三、同一事项集中反映",
        words=("当日有人反映、累计三件以上诉求并为一案的事项。",),
        table=Table(
            ("当日", "累计", "渠道", "事项", "地点", "内容", "承办", "状态", "编号"), tuple(lines)
        ),
        behind="hub cases show 编号; hub digest --case 编号",
    )


def _overdue(rows: Rows, day: Day, names: Names) -> Section:
    overdue = rows(questions.OVERDUE, day.bounds)
    lines = [
        (
            names.unit(row["unit"]),
            str(row["open"]),
            str(row["overdue"]),
            f"{row['hours'] / 24:.1f}天",
            str(row["soon"]),
        )
        for row in overdue
    ]
    plot = Plot(
        "overdue",
        "日终超期未结（件）",
        "bars",
        tuple(names.unit(row["unit"]) for row in overdue[:12]),
        (("超期", tuple(float(row["overdue"]) for row in overdue[:12])),),
    )
    return Section(
        title="四、超期未结",
        words=("按日终状态统计，不是按现在。",),
        plot=plot if overdue else None,
        table=Table(("承办单位", "在办", "超期", "最久超期", "一日内到期"), tuple(lines)),
        behind="SELECT case_id, unit, due_at FROM open_cases WHERE overdue ORDER BY due_at",
    )


def _again(rows: Rows, day: Day, names: Names) -> Section:
    repeated = rows(questions.AGAIN, day.bounds)
    every = sorted({case for row in repeated for case in row["cases"] if case})
    still = {row["case_id"] for row in rows(questions.STILL_OPEN, {**day.bounds, "ids": every})}
    lines = [
        (
            f"诉求人{number}",
            str(row["tellings"]),
            str(row["today"]),
            f"{row['channels']}个",
            names.category(row["category"]),
            str(sum(bool(case) for case in row["cases"])),
            str(len(still & set(row["cases"]))),
            "疑似刷件，如数列出" if row["today"] >= FLOOD else "",
        )
        for number, row in enumerate(repeated, 1)
    ]
    return Section(
        title="五、反复诉求",
        words=(f"{BACK_DAYS}天内反映或催办三次以上、当日又来的人；不显示姓名与号码。",),
        table=Table(
            ("诉求人", "次数", "当日", "渠道", "主要事项", "事项数", "未结", "备注"), tuple(lines)
        ),
        behind=runnable(
            "SELECT reporter_key, count() FROM events WHERE kind IN ('report',"
            f" 'follow_up') AND reporter_key != '' AND {LOOKED_BACK}"
            " GROUP BY reporter_key HAVING count() >= 3",
            day,
        ),
    )


def _places(rows: Rows, day: Day, names: Names) -> Section:
    lines = [
        (
            row["place_name"],
            names.area(row["grid_code"]),
            str(row["families"]),
            "、".join(sorted(map(names.category, row["categories"]))),
            str(row["reports"]),
            str(row["people"]),
        )
        for row in rows(questions.PLACES, day.bounds)
    ]
    return Section(
        title="六、多类问题叠加的地点",
        words=(f"{BACK_DAYS}天内有三大类以上问题、五人以上反映的地点。",),
        table=Table(("地点", "网格", "大类", "事项", "诉求", "人数"), tuple(lines)),
        behind=runnable(
            "SELECT native_id, channel, category, title FROM events"
            f" WHERE kind = 'report' AND place_name = '…' AND {LOOKED_BACK}",
            day,
        ),
    )


def _rounds(rows: Rows, day: Day) -> Section:
    lines = [
        (
            row["plan_name"],
            str(row["due"]),
            str(row["done"]),
            str(row["missed"]),
            f"{row['done'] / row['due']:.1%}",
        )
        for row in rows(questions.ROUNDS, day.bounds)
    ]
    return Section(
        title="七、巡查走访",
        words=("当日到期的计划；补传的记录计入后会更新。",),
        table=Table(("计划", "应走", "已走", "未走", "覆盖率"), tuple(lines)),
        behind="hub patrols ls --outcome missed",
    )


def _chance(share: float) -> str:
    return "<0.01%" if share < 0.0001 else f"{share:.2%}"


def excerpt(title: str, content: str) -> str:
    """Return the beginning of a case's text in one line."""
    text = " ".join((content if title in ("", content) else f"{title}：{content}").split())
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def short(day: date) -> str:
    """Return a day as a plot's axis has it."""
    return f"{day.month}.{day.day}"


def runnable(sql: str, day: Day) -> str:
    """Return a query that staff can run as it is."""
    for name, value in day.bounds.items():
        sql = sql.replace(f"{{{name}:String}}", f"'{value}'")
    return sql
