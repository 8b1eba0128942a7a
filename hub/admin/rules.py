"""`hub rules` 交办规则: check as a whole, try the examples, put into effect without a restart."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from kafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from hub.broker.producer import no_broker, send
from hub.broker.tail import Answers
from hub.broker.topics import ensure_topics
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.town.check import check_town, render_findings
from hub.town.examples import try_examples
from hub.town.registers import TownError, load_town
from schemas.topic import EVENTS, RULES, RULES_ACKS
from schemas.town.rules import RulesAck, RulesBundle
from streams.town.register import Register


def check_rules(folder: Path, *, as_json: bool) -> tuple[bool, str]:
    """Return whether the rules of a folder may take effect, and what was found."""
    return render_findings(check_town(folder), as_json=as_json)


def try_rules(folder: Path, *, as_json: bool) -> tuple[bool, str]:
    """Return whether all examples come out as meant, and which do not; raises `HubError`."""
    try:
        count, failures = try_examples(folder, Register.of(load_town(folder)))
    except TownError as error:
        raise HubError(str(error)) from error
    if as_json:
        told = {"examples": count, "failures": [asdict(one) for one in failures]}
        return not failures, json.dumps(told, ensure_ascii=False, indent=2)
    lines = [f"examples.yaml, line {one.line}: {one.name}: {one.message}" for one in failures]
    lines.append(f"{count} examples, {len(failures)} failed")
    return not failures, "\n".join(lines)


def bundle_of(folder: Path) -> RulesBundle:
    """Return the rules of a folder as they are published; raises `TownError`."""
    town = load_town(folder)
    return RulesBundle(
        version=town.rules_version,
        issued_at=datetime.now(UTC),
        units=town.units,
        duties=town.duties,
        rules=town.rules,
    )


def reload_rules(settings: Settings, folder: Path) -> tuple[bool, str]:
    """Publish the rules of a folder and wait until every partition's worker decides by them.

    Raises `HubError` where they have errors, or no broker answers.
    """
    for sound, told in (check_rules(folder, as_json=False), try_rules(folder, as_json=False)):
        if not sound:
            raise HubError(f"{told}\nnothing was changed")
    bundle = bundle_of(folder)
    try:
        ensure_topics(settings)
        answers = Answers(settings, RULES_ACKS)
        try:
            send(settings, RULES.record(bundle))
            acks = _await_all(answers, bundle.version)
        finally:
            answers.close()
    except KafkaError as error:
        raise HubError(no_broker(settings, error)) from error
    return _told(bundle.version, acks)


def _await_all(answers: Answers, version: str) -> list[RulesAck]:
    """Return the workers' words, until all partitions are spoken for or the time is over."""
    acks: list[RulesAck] = []
    for ack in answers.bodies(RulesAck):
        if ack.version == version:
            acks.append(ack)
        if not _missing(acks):
            break
    return acks


def _missing(acks: list[RulesAck]) -> set[int]:
    accepted = {part for ack in acks for part in ack.partitions}
    return set(range(EVENTS.partitions)) - accepted


def _told(version: str, acks: list[RulesAck]) -> tuple[bool, str]:
    table = Table("worker", "version", "partitions")
    for ack in acks:
        parts = ", ".join(map(str, ack.partitions))
        table.add_row(ack.worker, ack.version, parts)
    missing = sorted(_missing(acks))
    console = Console(width=110)
    with console.capture() as shown:
        console.print(table)
        if missing:
            parts = ", ".join(map(str, missing))
            console.print(f"version {version}: nobody answered for partitions {parts} of events.v1")
            console.print("their workers will decide by it as soon as they run (hub work)")
        else:
            console.print(f"version {version} is in effect")
    return not missing, shown.get()
