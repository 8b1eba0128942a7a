"""Rules take effect in running workers, on the embedded broker."""

import shutil
from pathlib import Path

import pytest

from hub.broker.connection import options
from hub.broker.log_mark import mark_republished
from hub.broker.topics import ensure_topics
from hub.settings import Settings
from hub.settings.town import SHIPPED_TOWN
from hub.town.registers import load_town
from schemas.cases.case import CaseEvent, Move
from schemas.cloudevent import from_record
from schemas.topic import CASES
from tests.builders.town import event
from tests.integration.parts import await_true, broker, free_port, kill, run_hub, start
from tests.integration.test_worker import Reader, publish


def assignments(reader: Reader) -> list[CaseEvent]:
    """Return the assignments so far."""
    entries = [from_record(CaseEvent, value) for value in reader.read()]
    return [entry for entry in entries if entry.move is Move.ASSIGN]


@pytest.mark.slow
def test_rules_are_reloaded_without_a_restart_and_acknowledged(tmp_path: Path) -> None:
    """Before and after `hub rules reload`, each case names the version that assigned it."""
    changed = tmp_path / "changed"
    shutil.copytree(SHIPPED_TOWN, changed)
    with (changed / "duties.csv").open("a", encoding="utf-8") as file:
        file.write("township,facility.water,own\n")
    port = free_port()
    place_fields = {"grid_code": "429999001001001", "division_code": "429999001001", "lon": None}
    events = [event(name, confidential=True, category="facility.water") for name in ("a", "b")]
    events = [
        report.model_copy(update={"place": report.place.model_copy(update=place_fields)})
        for report in events
    ]
    with broker(port):
        settings = Settings(broker_port=port)
        access = options(settings)
        ensure_topics(settings)
        mark_republished(settings)
        reader = Reader(access, CASES)
        worker = start("hub.processes.worker", tmp_path, broker_port=port)
        try:
            publish(access, events[:1])
            await_true(lambda: len(assignments(reader)) == 1, "the first assignment")
            answer = run_hub("rules", "reload", str(changed), broker_port=port)
            assert answer.returncode == 0, answer.stderr + answer.stdout
            assert f"version {load_town(changed).rules_version} is in effect" in answer.stdout
            publish(access, events[1:])
            await_true(lambda: len(assignments(reader)) == 2, "the second assignment")
        finally:
            kill(worker)
        first, second = (entry.case.assignment for entry in assignments(reader))
        reader.close()
    assert first is not None
    assert second is not None
    assert (first.unit, first.rules_version) == ("429999-00", load_town(SHIPPED_TOWN).rules_version)
    assert (second.unit, second.rules_version) == ("429999001", load_town(changed).rules_version)


def test_rules_with_an_error_change_nothing(tmp_path: Path) -> None:
    """They are refused before the broker is contacted."""
    broken = tmp_path / "broken"
    shutil.copytree(SHIPPED_TOWN, broken)
    with (broken / "duties.csv").open("a", encoding="utf-8") as file:
        file.write("nobody,facility.water,own\n")
    answer = run_hub("rules", "reload", str(broken), broker_port=free_port())
    assert answer.returncode == 1
    assert "duties.csv, line" in answer.stderr
    assert "nothing was changed" in answer.stderr
