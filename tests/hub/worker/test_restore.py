"""The restore of a partition from many snapshots, which wait packed until all are read."""

import pytest

from hub.worker import restore
from hub.worker.restore import StateRestorer
from schemas.cloudevent import Record
from schemas.topic import CASE_STATE, DISPOSITIONS
from streams.case.state import PartitionState
from streams.steps.event import step
from streams.worker.publisher import RecordBatch
from tests.builders.town import REGISTER, event

REPORTS = 8


def restored(records: list[Record]) -> PartitionState:
    """Return the state of a worker that reads these records."""
    restorer = StateRestorer()
    for topic in (CASE_STATE, DISPOSITIONS):
        restorer.read(topic.name, [record for record in records if record.topic == topic.name])
    return restorer.state()


def test_packed_snapshots_restore_the_same_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last snapshot of each case counts, whether it came before or after the packing began."""
    state, records = PartitionState(), list[Record]()
    for number in range(REPORTS):
        text = f"第{number}号院的垃圾没有人清" if number % 3 else "路灯坏了"
        effects = step(state, event(f"r{number}", content=text, minutes=number), REGISTER)
        state.apply(effects)
        records += RecordBatch.of([effects])
    plain = restored([*records, *records[:4]])
    monkeypatch.setattr(restore, "SAMPLES", 2)
    packed = restored([*records, *records[:4]])
    assert len(plain.cases) > 2
    assert packed.cases == plain.cases == state.cases
    for part in ("index", "by_native", "set_for", "seen", "loads"):
        assert getattr(packed, part) == getattr(plain, part) == getattr(state, part), part
