"""The simulated service items: thirteen matters, some late, some corrected, all understood."""

from pathlib import Path

from connectors.contract import DecodeContext
from connectors.registry import load_connectors
from hub.lab.simulate.label import to_raw_message
from hub.lab.simulate.native.services import service_messages
from hub.lab.simulate.run import spread
from hub.lab.simulate.scenario.services import MATTERS, ServiceRecord, draw_services
from hub.settings.town import SHIPPED_TOWN
from hub.town.registers import load_town
from schemas.base import BEIJING
from schemas.channel import Channel
from schemas.reports.service import ServiceStage
from tests.contract.samples import RECEIVED_AT

PLACES = [place for place in load_town(Path(SHIPPED_TOWN)).places if place.lon is not None]


def drawn(seed: int = 7, count: int = 5000) -> list[ServiceRecord]:
    """Return the records beside a drawn day."""
    return draw_services(PLACES, seed, count, RECEIVED_AT.astimezone(BEIJING))


def test_a_seed_always_draws_the_same_items() -> None:
    """The same seed draws the same records, another seed others with other numbers."""
    assert drawn() == drawn()
    others = {record.number for record in drawn(seed=8)}
    assert not others & {record.number for record in drawn()}


def test_all_matters_and_the_usual_troubles_are_there() -> None:
    """Also a small day has each matter; a large one has corrections and reopenings."""
    assert {record.matter for record in drawn(count=100)} == set(MATTERS)
    stages = {record.stage for record in drawn()}
    assert {ServiceStage.CORRECTION, ServiceStage.WITHDRAWN, ServiceStage.DELIVERED} <= stages
    assert any(record.at is None for record in drawn())


def test_the_connector_understands_every_message() -> None:
    """Every record is a stage, and a faulty one a fault."""
    connector = load_connectors()[Channel.SERVICE_ITEMS]
    records = drawn()
    facts, faults = 0, 0
    for number, message in enumerate(service_messages(records)):
        raw = to_raw_message(message, number, RECEIVED_AT)
        (decoded,) = connector.decode_batch([raw], DecodeContext())
        assert len(decoded.facts) + len(decoded.faults) == message.parts
        facts, faults = facts + len(decoded.facts), faults + len(decoded.faults)
    assert faults == sum(record.at is None for record in records)
    assert facts + faults == len(records)


def test_messages_are_spread_in_their_order() -> None:
    """Both kinds keep their order, and none is at the end only."""
    records = drawn()
    messages = service_messages(records)
    many, few = messages[:20], messages[20:24]
    mixed = spread(many, few)
    assert [message for message in mixed if message in few] == few
    assert [message for message in mixed if message in many] == many
    assert mixed[-1] in many
    assert spread([], few) == few
