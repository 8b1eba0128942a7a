"""A stage of a service item as a unified event: sealed, masked, placed, with a code, in no tree."""

from connectors.registry import load_connectors
from hub.publish.normalise import to_unified_event
from hub.security.sealing import Sealer
from hub.tracking.code import code_of
from schemas.channel import Channel
from schemas.reports.event import UnifiedEvent
from schemas.reports.fact import Kind
from schemas.reports.service import ServiceStage
from tests.builders.town import REGISTER
from tests.contract.samples import load_samples

SEALER = Sealer(b"k" * 32)


def events(name: str) -> list[UnifiedEvent]:
    """Return the events of a recorded sample."""
    (known,) = (s for s in load_samples() if str(s) == f"service_items/{name}")
    connector = load_connectors()[Channel.SERVICE_ITEMS]
    facts = connector.decode_batch([known.raw], known.context)[0].facts
    return [to_unified_event(known.raw, fact, REGISTER, SEALER, lambda *_: None) for fact in facts]


def test_no_person_is_readable() -> None:
    """Names, numbers of identity and of telephones are sealed; the masked form is shown."""
    for event in events("ordinary.json"):
        body = event.model_dump_json()
        for secret in ("王小红", "13871550041", "429999199203124521", "李四喜", "13871550042"):
            assert secret not in body
        assert event.reporter.sealed
    assert events("ordinary.json")[0].reporter.masked.startswith("王**")


def test_a_stage_has_its_item_and_no_category() -> None:
    """No model reads the name of an item; danger and demand are not looked for."""
    event = events("ordinary.json")[0]
    assert (event.kind, event.category, event.category_version) == (Kind.SERVICE_STAGE, "", "")
    assert (event.danger, event.demand, event.parts) == (None, None, ())
    assert event.service is not None
    assert (event.service.stage, event.service.promised_days) == (ServiceStage.ACCEPTED, 3)


def test_all_stages_of_an_item_have_one_code() -> None:
    """The code is that of the item, so the window can print it at the first stage."""
    codes = {event.tracking for event in events("odd_export.csv") if event.native_id == "00420001"}
    assert codes == {code_of(SEALER, Channel.SERVICE_ITEMS, "00420001")}
