"""`hub cases` 事项: show cases, and send commands for them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import click

from hub.admin.cases import event_ids_of, list_cases, list_suggestions, send_command, show_case
from hub.admin.review import Pair, pairs, review
from hub.cli.groups import OrderedGroup
from hub.cli.numbers import ROWS, SEQ
from hub.settings import Settings
from schemas.cases.assignment import WhistleKind
from schemas.cases.case import MOVE_NAMES, Move
from schemas.cases.clock import Supervision
from schemas.cases.command import Role

Option = Callable[[Any], Any]
"""A decorator that adds an option or an argument to a command."""


@click.group(cls=OrderedGroup)
def cases() -> None:
    """Show cases, and send commands such as accept and resolve."""


@cases.command("ls")
@click.option("--state", default="", help="Only of this state, such as triage.")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def ls(state: str, limit: int, *, as_json: bool) -> None:
    """List the newest cases."""
    click.echo(list_cases(Settings(), state=state, limit=limit, as_json=as_json))


@cases.command()
@click.argument("case_id")
@click.option("--json", "as_json", is_flag=True)
def show(case_id: str, *, as_json: bool) -> None:
    """Show the history of a case, entry by entry, with the evidence of merges."""
    click.echo(show_case(Settings(), case_id, as_json=as_json))


@cases.command()
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def suggestions(limit: int, *, as_json: bool) -> None:
    """List pairs of cases that may be one matter; decide them with merge or apart."""
    click.echo(list_suggestions(Settings(), limit=limit, as_json=as_json))


class _Terminal:
    """The terminal of the command line."""

    def show(self, text: str) -> None:
        click.echo(text)

    def key(self) -> str:
        return click.getchar()


@cases.command("review")
@click.option("--limit", type=ROWS, default=50, show_default=True)
@click.option("--as", "actor", required=True, help="Person who decides.")
@click.option("--unit", default="", help="Code of the unit that the person belongs to.")
@click.option(
    "--reason",
    default="逐件判定",
    show_default=True,
    help="Why; recorded in the history of each case.",
)
def review_suggestions(limit: int, actor: str, unit: str, reason: str) -> None:
    """Answer suggestions one by one, the most useful first: one key for each pair."""

    def decide(move: Move, pair: Pair) -> str:
        return send_command(
            Settings(),
            move,
            pair.older,
            actor=actor,
            role=str(Role.DISPATCHER),
            unit=unit,
            reason=reason,
            seq=None,
            data={"case": pair.newer},
        )

    click.echo(review(pairs(Settings(), limit), _Terminal(), decide).line())


@dataclass(frozen=True, slots=True)
class CaseCommand:
    """A command for a case: `role` sends it by default, `data` is built from its options."""

    name: str
    move: Move
    role: Role
    help: str
    options: tuple[Option, ...] = ()
    data: Callable[[dict[str, Any]], dict[str, Any]] = field(default=dict)
    needs_reason: bool = True


_TO = click.option("--to", required=True, metavar="UNIT", help="Code of the unit that gets it.")
_CATEGORY = click.option(
    "--category",
    default="",
    metavar="LEAF",
    help="Leaf of the category tree, if the case has a wrong one or none.",
)
_CALL = click.option(
    "--call",
    multiple=True,
    required=True,
    metavar="UNIT",
    help="Department that is called; may be repeated.",
)
_KIND = click.option(
    "--kind", required=True, type=click.Choice([str(kind) for kind in WhistleKind])
)
_LEVEL = click.option(
    "--level",
    default="yellow",
    show_default=True,
    type=click.Choice([str(level) for level in Supervision if level]),
)
_ANSWER = click.option("--answer", default="", help="Answer to the citizen; default: the reason.")
_PUBLIC = click.option("--public", is_flag=True, help="The citizen sees it too.")
_VOLUNTEER = click.option(
    "--volunteer",
    default="",
    metavar="CODE",
    help="Volunteer who does it; default: the sender of the command.",
)
_SETTLED = click.option(
    "--settled/--unsettled",
    required=True,
    help="Whether the matter is settled 解决, according to the citizen.",
)
_RESPONDED = click.option(
    "--responded/--no-response", default=True, help="Whether the unit responded 响应."
)
_SATISFIED = click.option(
    "--satisfied/--dissatisfied", default=None, help="Whether the citizen is satisfied 满意."
)


def _unit_data(options: dict[str, Any]) -> dict[str, Any]:
    return {"unit": options["to"], **_category_data(options)}


def _category_data(options: dict[str, Any]) -> dict[str, Any]:
    return {"category": options["category"]} if options["category"] else {}


def _whistle_data(options: dict[str, Any]) -> dict[str, Any]:
    return {"kind": options["kind"], "units": list(options["call"])}


def _evaluation_data(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


_COMMANDS = (
    CaseCommand("accept", Move.ACCEPT, Role.UNIT, "Accept it", needs_reason=False),
    CaseCommand("start", Move.START, Role.UNIT, "Start to handle it", needs_reason=False),
    CaseCommand("note", Move.NOTE, Role.UNIT, "Report progress", (_PUBLIC,)),
    CaseCommand("return", Move.RETURN, Role.UNIT, "Return it to dispatch"),
    CaseCommand("extend", Move.EXTEND, Role.UNIT, "Ask for five more working days"),
    CaseCommand("suspend", Move.SUSPEND, Role.UNIT, "Stop the clock"),
    CaseCommand("resume", Move.RESUME, Role.UNIT, "Restart the clock", needs_reason=False),
    CaseCommand(
        "resolve", Move.RESOLVE, Role.UNIT, "Resolve it with an answer", (_ANSWER, _VOLUNTEER)
    ),
    CaseCommand(
        "whistle",
        Move.WHISTLE,
        Role.UNIT,
        "Call departments to help",
        (_KIND, _CALL),
        _whistle_data,
    ),
    CaseCommand("arrive", Move.ARRIVE, Role.UNIT, "Answer a whistle", needs_reason=False),
    CaseCommand(
        "assign",
        Move.ASSIGN,
        Role.DISPATCHER,
        "Assign it to a unit",
        (_TO, _CATEGORY),
        _unit_data,
        needs_reason=False,
    ),
    CaseCommand(
        "hand-over",
        Move.HAND_OVER,
        Role.DISPATCHER,
        "Hand it over to another unit",
        (_TO, _CATEGORY),
        _unit_data,
    ),
    CaseCommand(
        "escalate",
        Move.ESCALATE,
        Role.DISPATCHER,
        "Escalate it to a higher unit",
        (_TO, _CATEGORY),
        _unit_data,
    ),
    CaseCommand(
        "triage",
        Move.TRIAGE,
        Role.DISPATCHER,
        "Take it back from its unit",
        (_CATEGORY,),
        _category_data,
    ),
    CaseCommand("supervise", Move.SUPERVISE, Role.SUPERVISOR, "Show a card", (_LEVEL,)),
    CaseCommand(
        "take", Move.TAKE, Role.VOLUNTEER, "Take on a wish", (_VOLUNTEER,), needs_reason=False
    ),
    CaseCommand("give-back", Move.GIVE_BACK, Role.VOLUNTEER, "Give back a wish", (_VOLUNTEER,)),
    CaseCommand(
        "evaluate",
        Move.EVALUATE,
        Role.CALLBACK,
        "Record the evaluation by the citizen",
        (_SETTLED, _RESPONDED, _SATISFIED),
        _evaluation_data,
        needs_reason=False,
    ),
    CaseCommand("reopen", Move.REOPEN, Role.CALLBACK, "Reopen it"),
    CaseCommand("close", Move.CLOSE, Role.CALLBACK, "Close it", needs_reason=False),
    CaseCommand(
        "withdraw", Move.WITHDRAW, Role.DISPATCHER, "Close it because the citizen withdraws it"
    ),
)


def _reason(*, required: bool) -> Option:
    return click.option(
        "--reason", default="", required=required, help="Why; recorded in the history of the case."
    )


def _sender_options(role: Role) -> tuple[Option, ...]:
    """Return the options that name the sender of a command; `role` is the default role."""
    return (
        click.option("--as", "actor", required=True, help="Unit or person who decides."),
        click.option("--unit", default="", help="Code of the unit that the person belongs to."),
        click.option(
            "--role",
            default=str(role),
            show_default=True,
            type=click.Choice([str(choice) for choice in Role]),
        ),
        click.option(
            "--seq", type=SEQ, help="Refuse the command unless this is the last entry of the case."
        ),
    )


def _decorate(command: Any, options: Iterable[Option]) -> Any:
    """Add options to a command, shown in this order."""
    for option in reversed(list(options)):
        command = option(command)
    return command


def _define(command: CaseCommand) -> None:
    def run(case_id: str, **options: Any) -> None:
        sender = {name: options.pop(name) for name in ("actor", "unit", "role", "seq", "reason")}
        data = command.data(options)
        click.echo(send_command(Settings(), command.move, case_id, data=data, **sender))

    run.__doc__ = f"{command.help} {MOVE_NAMES[command.move]}."
    options = (
        click.argument("case_id"),
        *command.options,
        _reason(required=command.needs_reason),
        *_sender_options(command.role),
    )
    cases.command(command.name)(_decorate(run, options))


for _command in _COMMANDS:
    _define(_command)


def _deciding(command: Callable[..., None]) -> Any:
    """Add the reason and the sender of a dispatcher's decision."""
    return _decorate(command, (_reason(required=True), *_sender_options(Role.DISPATCHER)))


def _send_all(move: Move, case_id: str, data: Iterable[dict[str, Any]], **sender: Any) -> None:
    """Send one command for each item of data, and print the outcomes."""
    for item in data:
        click.echo(send_command(Settings(), move, case_id, data=item, **sender))


@cases.command("merge")
@click.argument("case_id")
@click.argument("others", nargs=-1, required=True)
@_deciding
def merge(case_id: str, others: tuple[str, ...], **sender: Any) -> None:
    """Merge OTHERS into the case CASE_ID."""
    _send_all(Move.MERGE, case_id, ({"case": other} for other in others), **sender)


@cases.command("split")
@click.argument("case_id")
@click.argument("reports", nargs=-1, required=True)
@_deciding
def split(case_id: str, reports: tuple[str, ...], **sender: Any) -> None:
    """Move REPORTS (CHANNEL/NATIVE-ID or event ids) of a case into a case of their own."""
    events = event_ids_of(Settings(), case_id, reports)
    _send_all(Move.SPLIT, case_id, [{"events": events}], **sender)


@cases.command("apart")
@click.argument("case_id")
@click.argument("others", nargs=-1, required=True)
@_deciding
def apart(case_id: str, others: tuple[str, ...], **sender: Any) -> None:
    """Record that OTHERS are other matters; these suggestions are not shown again."""
    _send_all(Move.KEEP_APART, case_id, ({"case": other} for other in others), **sender)
