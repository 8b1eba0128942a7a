"""`hub cases` 案件: look at cases, and move them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import click

from hub.cli.lazy import Ordered, later
from hub.cli.numbers import ROWS, SEQ
from hub.settings import Settings
from schemas.cases.assignment import WhistleKind
from schemas.cases.case import MOVE_NAMES, Move
from schemas.cases.clock import Supervision
from schemas.cases.command import Role

Option = Callable[[Any], Any]


@click.group(cls=Ordered)
def cases() -> None:
    """Look at cases, and move them: accept, resolve, whistle, merge …"""


@cases.command("ls")
@click.option("--state", default="", help="Only of this state, such as triage.")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def ls(state: str, limit: int, *, as_json: bool) -> None:
    """List the newest."""
    told = later("hub.admin.cases", "list_cases")
    click.echo(told(Settings(), state=state, limit=limit, as_json=as_json))


@cases.command()
@click.argument("case_id")
@click.option("--json", "as_json", is_flag=True)
def show(case_id: str, *, as_json: bool) -> None:
    """Show one's life, entry by entry, with the evidence of merges."""
    click.echo(later("hub.admin.cases", "show_case")(Settings(), case_id, as_json=as_json))


@cases.command()
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def suggestions(limit: int, *, as_json: bool) -> None:
    """List pairs that may be one matter; answer with merge or apart."""
    click.echo(
        later("hub.admin.cases", "list_suggestions")(Settings(), limit=limit, as_json=as_json)
    )


@dataclass(frozen=True, slots=True)
class Form:
    """One command of a person: its words, its own options, and the data that they make."""

    name: str
    move: Move
    role: Role
    does: str
    options: tuple[Option, ...] = ()
    data: Callable[[dict[str, Any]], dict[str, Any]] = field(default=dict)
    reason: bool = True


_TO = click.option("--to", required=True, metavar="UNIT", help="Code of the unit that gets it.")
_UNITS = click.option("--call", multiple=True, required=True, metavar="UNIT",
                      help="Department that is called; may be given several times.")  # fmt: skip
_KIND = click.option("--kind", required=True, type=click.Choice([str(k) for k in WhistleKind]))
_LEVEL = click.option("--level", default="yellow", show_default=True,
                      type=click.Choice([str(s) for s in Supervision if s]))  # fmt: skip
_ANSWER = click.option("--answer", default="", help="What the citizen is told; else the reason.")
_PUBLIC = click.option("--public", is_flag=True, help="The citizen is told, too.")
_VOLUNTEER = click.option("--volunteer", default="", metavar="CODE",
                          help="Who does it; else who commands.")  # fmt: skip
_SETTLED = click.option("--settled/--unsettled", required=True, help="解决: as the citizen says.")
_RESPONDED = click.option("--responded/--no-response", default=True, help="响应")
_SATISFIED = click.option("--satisfied/--dissatisfied", default=None, help="满意")

_BY_UNIT = (
    Form("accept", Move.ACCEPT, Role.UNIT, "Take it on", reason=False),
    Form("start", Move.START, Role.UNIT, "Begin to handle it", reason=False),
    Form("note", Move.NOTE, Role.UNIT, "Tell of progress", (_PUBLIC,)),
    Form("return", Move.RETURN, Role.UNIT, "Send it back to dispatch"),
    Form("extend", Move.EXTEND, Role.UNIT, "Ask for five working days more"),
    Form("suspend", Move.SUSPEND, Role.UNIT, "Let the clock stand still"),
    Form("resume", Move.RESUME, Role.UNIT, "Let the clock go on", reason=False),
    Form("resolve", Move.RESOLVE, Role.UNIT, "Settle it, with an answer", (_ANSWER, _VOLUNTEER)),
    Form("whistle", Move.WHISTLE, Role.UNIT, "Call departments to it", (_KIND, _UNITS),
         lambda told: {"kind": told["kind"], "units": list(told["call"])}),
    Form("arrive", Move.ARRIVE, Role.UNIT, "Report to a whistle", reason=False),
)  # fmt: skip
_BY_OTHERS = (
    Form("assign", Move.ASSIGN, Role.DISPATCHER, "Give it to a unit", (_TO,),
         lambda told: {"unit": told["to"]}, reason=False),
    Form("hand-over", Move.HAND_OVER, Role.DISPATCHER, "Give it to another unit", (_TO,),
         lambda told: {"unit": told["to"]}),
    Form("escalate", Move.ESCALATE, Role.DISPATCHER, "Give it to a unit above", (_TO,),
         lambda told: {"unit": told["to"]}),
    Form("triage", Move.TRIAGE, Role.DISPATCHER, "Take it back from its unit"),
    Form("supervise", Move.SUPERVISE, Role.SUPERVISOR, "Show a card", (_LEVEL,)),
    Form("take", Move.TAKE, Role.VOLUNTEER, "Take a wish on", (_VOLUNTEER,), reason=False),
    Form("give-back", Move.GIVE_BACK, Role.VOLUNTEER, "Give a wish back", (_VOLUNTEER,)),
    Form("evaluate", Move.EVALUATE, Role.CALLBACK, "Tell what the citizen says of it",
         (_SETTLED, _RESPONDED, _SATISFIED),
         lambda told: {k: v for k, v in told.items() if v is not None}, reason=False),
    Form("reopen", Move.REOPEN, Role.CALLBACK, "Begin anew"),
    Form("close", Move.CLOSE, Role.CALLBACK, "End it", reason=False),
    Form("withdraw", Move.WITHDRAW, Role.DISPATCHER, "End it as the citizen wishes"),
)  # fmt: skip


def _who(role: Role) -> tuple[Option, ...]:
    """Return the options that say who decides."""
    return (
        click.option("--as", "actor", required=True, help="Unit or person who decides."),
        click.option("--unit", default="", help="Code of the unit that he is of."),
        click.option("--role", default=str(role), show_default=True,
                     type=click.Choice([str(one) for one in Role])),
        click.option("--seq", type=SEQ, help="Refuse it if the case is not at this entry."),
    )  # fmt: skip


def _add(form: Form) -> None:
    def run(case_id: str, **told: Any) -> None:
        who = {name: told.pop(name) for name in ("actor", "unit", "role", "seq", "reason")}
        order = later("hub.admin.cases", "order")
        click.echo(order(Settings(), form.move, case_id, data=form.data(told), **who))

    run.__doc__ = f"{form.does} {MOVE_NAMES[form.move]}."
    reason = click.option("--reason", default="", required=form.reason,
                          help="Why; stands in the case's life.")  # fmt: skip
    options = (click.argument("case_id"), *form.options, reason, *_who(form.role))
    command = reduce(lambda made, option: option(made), reversed(options), run)
    cases.command(form.name)(command)


for _form in (*_BY_UNIT, *_BY_OTHERS):
    _add(_form)


def _deciding(command: Any) -> Any:
    """Add why, and who decides."""
    reason = click.option("--reason", required=True, help="Why; stands in the case's life.")
    return reduce(lambda made, option: option(made), (*reversed(_who(Role.DISPATCHER)), reason),
                  command)  # fmt: skip


def _together(move: Move, case_id: str, wishes: list[dict[str, Any]], **who: Any) -> None:
    order = later("hub.admin.cases", "order")
    for data in wishes:
        click.echo(order(Settings(), move, case_id, data=data, **who))


@cases.command("merge")
@click.argument("case_id")
@click.argument("others", nargs=-1, required=True)
@_deciding
def merge(case_id: str, others: tuple[str, ...], **who: Any) -> None:
    """Fold OTHERS into the case CASE_ID."""
    _together(Move.MERGE, case_id, [{"case": other} for other in others], **who)


@cases.command("split")
@click.argument("case_id")
@click.argument("reports", nargs=-1, required=True)
@_deciding
def split(case_id: str, reports: tuple[str, ...], **who: Any) -> None:
    """Take REPORTS (CHANNEL/NATIVE-ID or event ids) out of a case, into one of their own."""
    events = later("hub.admin.cases", "events_of")(Settings(), case_id, reports)
    _together(Move.SPLIT, case_id, [{"events": events}], **who)


@cases.command("apart")
@click.argument("case_id")
@click.argument("others", nargs=-1, required=True)
@_deciding
def apart(case_id: str, others: tuple[str, ...], **who: Any) -> None:
    """Say that OTHERS are other matters: answered suggestions are not asked again."""
    _together(Move.KEEP_APART, case_id, [{"case": other} for other in others], **who)
