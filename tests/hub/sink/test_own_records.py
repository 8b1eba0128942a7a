"""Records of our own writing: the same rows as by the models, and the same refusals."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from hub.deliberations.changes import link, object_to
from hub.lab.simulate import past
from hub.projects.changes import add_money, cancel_money
from hub.runtime.metrics import Meters
from hub.security.credentials import load_or_create_credentials
from hub.security.sealing import Sealer
from hub.settings import Settings
from hub.sink.own_records import body_reader, decoder
from hub.sink.rows import TABLES, TableMapping
from hub.sink.sink import Sink
from hub.store.client import Store
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from schemas.base import Frozen
from schemas.cases.case import Move, State
from schemas.cases.command import CommandOutcome
from schemas.cases.evaluation import Evaluation
from schemas.cases.feedback import Delivery, DeliveryOutcome, Feedback, FeedbackToMany
from schemas.cases.filed import FiledReport
from schemas.cloudevent import Record, from_record
from schemas.deliberation.record import DeliberationRecord
from schemas.deliberation.topic import Step
from schemas.projects.money import MoneySource
from schemas.projects.project import Stage
from schemas.projects.record import ProjectRecord
from schemas.reports.certificate import CertificateMention, CertificateUse
from schemas.reports.danger import Danger, DangerKind
from schemas.reports.demand import Part
from schemas.reports.fact import Attachment, Kind
from schemas.reports.receipt import Receipt
from schemas.reports.rejected import Reason, Rejected
from schemas.reports.service import Service, ServiceStage
from schemas.topic import EVENTS, TOPICS
from schemas.town.lists import CertificateStatus
from schemas.town.patrol import Does, Duty, DutyOutcome
from streams.case.state import PartitionState
from streams.report import report_of
from streams.steps.event import step
from streams.town.register import Register
from tests.builders.town import NOON, REGISTER, event
from tests.hub.deliberations.built import advanced as held
from tests.hub.deliberations.built import change as after
from tests.hub.deliberations.built import folded as agenda
from tests.hub.projects.built import advanced, change, folded

TOPIC = {topic.name: topic for topic in TOPICS}
Bodies = Mapping[str, Sequence[Frozen]]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Bodies:
    """Return the bodies of a simulated day and what it lacks, by topic."""
    settings = Settings(data=tmp_path_factory.mktemp("day"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(past, "DAYS", 2)
        patch.setattr(past, "WORKDAY", 10)
        bodies: dict[str, list[Frozen]] = {
            topic: list(listed)
            for topic, listed in past.make_past(
                Register.of(load_town(settings.town)),
                load_patrols(settings.town),
                Sealer(b"k" * 32),
                load_or_create_credentials(settings),
                datetime(2026, 11, 26, 4, tzinfo=UTC),
                7,
            ).items()
        }
    for body in rare_bodies():
        topic = next(topic.name for topic in TOPICS if topic.body is type(body))
        bodies.setdefault(topic, []).append(body)
    return bodies


def rare_bodies() -> list[Frozen]:
    """Return bodies with values that an ordinary day does not have."""
    report = event("a", confidential=True).model_copy(
        update={
            "attachments": (Attachment(name="图.jpg", url="https://example.org/1", size=7),),
            "evaluation": Evaluation(settled=False, comment="“没人来”\n"),
            "danger": Danger(kind=DangerKind.GAS, words="漏气"),
            "certificates": (
                CertificateMention(
                    name="居住证明", status=CertificateStatus.KEPT, use=CertificateUse.ASKS
                ),
            ),
            "parts": (Part(category="facility.gas", confidence=0.25, begin=0, end=4),),
            "native": {"数": 1e-7, "大": 2**70, "空": None, "列": [True, {"x": "é"}]},
        }
    )
    state = PartitionState()
    entries = [
        entry
        for each in (report, event("b", minutes=5, confidential=True))
        for entry in _applied(state, each)
    ]
    case_id = entries[0].case_id
    feedback = Feedback(
        feedback_id=uuid4(),
        case_id=case_id,
        channel="open311",
        native_id="a",
        event_id=report.event_id,
        state=State.ACCEPTED,
        text="已受理",
        at=NOON,
    )
    return [
        report,
        report.model_copy(update={"confidential": False, "event_id": uuid4()}),
        event("s", kind=Kind.SERVICE_STAGE).model_copy(
            update={
                "service": Service(
                    item_name="教育入学",
                    stage=ServiceStage.ACCEPTED,
                    promised_days=3,
                    promised_at=NOON,
                )
            }
        ),
        *entries,
        FiledReport(case_id=case_id, seq=3, at=NOON, report=report_of(report)),
        Rejected(
            rejected_id=uuid4(),
            receipt_id=uuid4(),
            channel="open311",
            reason=Reason.BAD_TIME,
            detail="1899年",
            received_at=NOON,
        ),
        Receipt(
            receipt_id=uuid4(),
            channel="open311",
            received_at=NOON,
            size=9,
            event_ids=(uuid4(), uuid4()),
            skipped={"empty": 2, "visit": 1},
            replay_of=uuid4(),
        ),
        CommandOutcome(command_id=uuid4(), case_id=case_id, accepted=False, refusal="无", at=NOON),
        feedback,
        Delivery(
            **feedback.model_dump(include={"feedback_id", "case_id", "event_id", "channel"}),
            native_id="a",
            move=Move.ACCEPT,
            outcome=DeliveryOutcome.DEAD,
            way="http",
            attempts=3,
            at=NOON,
        ),
        FeedbackToMany(
            case_id=case_id,
            seq=4,
            holder=case_id,
            through=9,
            recipients=9,
            state=State.ACCEPTED,
            text="已受理",
            at=NOON,
            move=Move.ACCEPT,
        ),
        Duty(
            duty_id=uuid4(),
            plan="p",
            plan_name="巡查",
            does=Does.CHECK,
            grid_code="G1",
            begins=NOON,
            ends=NOON,
            outcome=DutyOutcome.MISSED,
        ),
        *project_records(),
        *deliberation_records(),
    ]


def project_records() -> list[ProjectRecord]:
    """Return the records of a project, with an amount that was taken back."""
    records = advanced(Stage.SELECTION)
    records.append(add_money(folded(records), change(records), MoneySource.SUBSIDY, "0.01"))
    paid = records[-1].seq
    records.append(cancel_money(folded(records), change(records), paid, "录错金额"))
    return records


def deliberation_records() -> list[DeliberationRecord]:
    """Return the records of a deliberation, with an objection and a link."""
    records = held(Step.PUBLICATION)
    for take in (
        lambda by: object_to(agenda(records), by, "车位太少，不够用"),
        lambda by: link(agenda(records), by, case_id=uuid4()),
    ):
        records.append(take(after(records)))
    return records


def _applied(state: PartitionState, report: Any) -> list[Any]:
    effects = step(state, report, REGISTER)
    state.apply(effects)
    return list(effects.case_events)


def consumed(record: Record, **changes: Any) -> Any:
    """Return a record as a consumer returns it."""
    fields = {"topic": record.topic, "value": record.value, "headers": record.headers}
    return SimpleNamespace(partition=0, offset=0, **fields | changes)


def plain(value: Any) -> Any:
    """Return a value with enumerations as text and sequences as tuples."""
    if isinstance(value, (list, tuple)):
        return tuple(map(plain, value))
    return value.value if isinstance(value, Enum) else value


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_struct_and_model_have_the_same_columns(table: TableMapping, day: Bodies) -> None:
    """Each column of each body has the same value, whichever way the record was read."""
    values = [TOPIC[table.topic].record(body).value for body in day[table.topic]]
    structs = list(map(decoder(table.model), values))
    models = [from_record(table.model, value) for value in values]
    assert structs
    by_struct, by_model = (table.column_values(bodies, values) for bodies in (structs, models))
    for name, column in by_model.items():
        assert list(map(plain, by_struct[name])) == list(map(plain, column)), name


def test_the_store_has_the_same_rows_in_both_ways(store: Store, day: Bodies) -> None:
    """A simulated day is stored the same with the marks of its records and without."""
    records = [TOPIC[topic].record(body) for topic, bodies in day.items() for body in bodies]
    contents = []
    for headers in (dict[str, Any](), {"headers": list[Any]()}):
        Sink(Settings(), store, Meters()).save([consumed(each, **headers) for each in records])
        contents.append(
            {
                table.name: store.rows(f"SELECT * EXCEPT stored_at FROM {table.name} ORDER BY ALL")
                if table.name in ("events", "receipts")
                else store.rows(f"SELECT * FROM {table.name} ORDER BY ALL")
                for table in TABLES
            }
        )
        for table in TABLES:
            store.command(f"TRUNCATE TABLE {table.name}")
    assert all(contents[0].values())
    assert contents[0] == contents[1]


def test_a_record_without_the_mark_is_checked() -> None:
    """A record of another writer or version is read by the model, which fills in the defaults."""
    value = event("a").model_dump_json(exclude_defaults=True).encode()
    record = consumed(EVENTS.record(event("a")), value=value)
    other = [("ce_dataschema", b"urn:minqing-hub:UnifiedEvent:0"), ("ce_source", b"/minqing-hub")]
    read = body_reader(EVENTS.body)
    for headers in ([], other):
        assert read(consumed(EVENTS.record(event("a")), value=value, headers=headers)) == event("a")
    assert isinstance(read(record), msgspec.Struct)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b'"signatories":1', b'"signatories":"many"'),
        (b'"lat":30.005', b'"lat":91'),
        (b'"kind":"report"', b'"kind":"rumour"'),
        (b'"revision":"0"', b'"revision":"0","more":1'),
        (b'"occurred_at":"2026-03-02T04:00:00Z"', b'"occurred_at":"2026-03-02T04:00:00"'),
        (b'{"event_id"', b'{event_id"'),
    ],
)
def test_a_bad_body_is_refused_in_spite_of_its_mark(store: Store, good: bytes, bad: bytes) -> None:
    """Types, limits, names and syntax are checked; the fault says what the model says."""
    record = EVENTS.record(event("a"))
    assert good in record.value
    broken = consumed(record, value=record.value.replace(good, bad))
    sink = Sink(Settings(), store, Meters())
    sink.save([broken, consumed(EVENTS.record(event("b")))])
    assert store.rows("SELECT native_id FROM events") == [("b",)]
    with pytest.raises(ValueError, match="UnifiedEvent") as refused:
        from_record(EVENTS.body, broken.value)
    assert store.rows("SELECT detail FROM sink_faults") == [(f"events.v1: {refused.value}",)]
