"""`hub rules` 交办规则: check the rules, try their examples, put them into effect while running."""

import json
from collections.abc import Sequence
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
from hub.settings.kafka import KafkaSettings
from hub.town.check import check_town, check_town_files, render_findings
from hub.town.examples import try_examples
from hub.town.registers import TownFiles, parse_town, read_town_files
from schemas.topic import EVENTS, RULES, RULES_ACKS
from schemas.town.rules import RulesAck, RulesBundle
from schemas.town.town import Town
from streams.town.register import Register


def check_rules(folder: Path, *, as_json: bool) -> tuple[bool, str]:
    """Return whether the rules of a folder may take effect, and the findings as text or JSON."""
    return render_findings(check_town(folder), as_json=as_json)


def try_rules(folder: Path, *, as_json: bool) -> tuple[bool, str]:
    """Return whether every example has its expected result, and the failures as text or JSON.

    Raises `TownError` if a file of the folder cannot be used.
    """
    files = read_town_files(folder)
    return _try_files(files, parse_town(files), as_json=as_json)


def _try_files(files: TownFiles, town: Town, *, as_json: bool) -> tuple[bool, str]:
    count, failures = try_examples(files, Register.of(town))
    if as_json:
        report = {"examples": count, "failures": [asdict(failure) for failure in failures]}
        return not failures, json.dumps(report, ensure_ascii=False, indent=2)
    lines = [
        f"examples.yaml, line {failure.line}: {failure.name}: {failure.message}"
        for failure in failures
    ]
    lines.append(f"{count} examples, {len(failures)} failed")
    return not failures, "\n".join(lines)


def reload_rules(settings: KafkaSettings, folder: Path) -> tuple[bool, str]:
    """Publish the rules of a folder, and wait until the worker of every partition uses them.

    The folder is read once: what is published is what was checked. Returns whether all partitions
    have answered, and a table of the answers. Raises `HubError` if the rules have errors, an
    example fails, or the broker does not answer; then nothing is published.
    """
    town = _checked_town(read_town_files(folder))
    bundle = RulesBundle(
        version=town.rules_version,
        issued_at=datetime.now(UTC),
        units=town.units,
        duties=town.duties,
        rules=town.rules,
    )
    try:
        acks = _publish(settings, bundle)
    except KafkaError as error:
        raise HubError(no_broker(settings, error)) from error
    return _render_acks(bundle.version, acks)


def _checked_town(files: TownFiles) -> Town:
    """Return the town of the files if it has no error and its examples pass."""
    town, findings = check_town_files(files)
    correct, report = render_findings(findings, as_json=False)
    if town and correct:
        correct, report = _try_files(files, town, as_json=False)
    if town is None or not correct:
        raise HubError(f"{report}\nnothing was changed")
    return town


def _publish(settings: KafkaSettings, bundle: RulesBundle) -> list[RulesAck]:
    """Publish the rules; return the acknowledgements of the workers."""
    ensure_topics(settings)
    # The end of the topic is looked up before the rules are sent: no acknowledgement is missed.
    answers = Answers(settings, RULES_ACKS)
    try:
        send(settings, RULES.record(bundle))
        return _wait_for_acks(answers, bundle.version)
    finally:
        answers.close()


def _wait_for_acks(answers: Answers, version: str) -> list[RulesAck]:
    """Return the acknowledgements, once all partitions have one or the time is over."""
    acks: list[RulesAck] = []
    for ack in answers.bodies(RulesAck):
        if ack.version == version:
            acks.append(ack)
        if not _missing_partitions(acks):
            break
    return acks


def _missing_partitions(acks: Sequence[RulesAck]) -> set[int]:
    acknowledged = {partition for ack in acks for partition in ack.partitions}
    return set(range(EVENTS.partitions)) - acknowledged


def _render_acks(version: str, acks: Sequence[RulesAck]) -> tuple[bool, str]:
    table = Table("worker", "version", "partitions")
    for ack in acks:
        table.add_row(ack.worker, ack.version, ", ".join(map(str, ack.partitions)))
    missing = sorted(_missing_partitions(acks))
    console = Console(width=110)
    with console.capture() as capture:
        console.print(table)
        if missing:
            parts = ", ".join(map(str, missing))
            console.print(f"version {version}: nobody answered for partitions {parts} of events.v1")
            console.print("their workers will use it as soon as they run (hub work)")
        else:
            console.print(f"version {version} is in effect")
    return not missing, capture.get()
