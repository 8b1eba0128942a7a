"""A visit to a person of the register: the event has his keyed hash, never his ID number."""

from pathlib import Path
from uuid import uuid4

from connectors.contract import DecodeContext
from connectors.grid_patrol import decode
from hub.publish.normalise import to_unified_event
from hub.security.sealing import Sealer
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.reports.raw import RawMessage, Transport
from tests.builders.register_files import id_number
from tests.builders.town import NOON, REGISTER

SAMPLE = Path("tests/samples/grid_patrol/odd_person.ndjson")
SEALER = Sealer(bytes(32))


def events() -> dict[str, UnifiedEvent]:
    """Return the events of the sample by native id."""
    raw = RawMessage(
        receipt_id=uuid4(),
        channel=Channel.GRID_PATROL,
        transport=Transport.HTTP,
        received_at=NOON,
        body=SAMPLE.read_bytes(),
    )
    facts = decode(raw, DecodeContext()).facts
    unified = [to_unified_event(raw, fact, REGISTER, SEALER, lambda *_: None) for fact in facts]
    return {event.native_id: event for event in unified}


def test_an_id_number_becomes_the_code_of_the_register() -> None:
    """Also one of 15 digits; a code that the hub gave out stays."""
    by_id = events()
    code = SEALER.match_key("registered-person", id_number(1))
    assert [by_id[name].person for name in ("p2", "p3", "p7")] == [code] * 3
    assert by_id["p1"].person == "ab" * 32


def test_no_event_has_the_number_or_the_name() -> None:
    """Neither in clear nor sealed; a wish that the visit brought names nobody."""
    for event in events().values():
        text = event.model_dump_json()
        assert id_number(1)[6:14] not in text
        assert "王小明" not in text
        assert not {"code", "idNumber"} & event.native.get("person", {}).keys()
    assert events()["p7/found"].person == ""
