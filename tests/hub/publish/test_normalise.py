"""Normalising a fact: personal data never leave the hub in clear."""

from uuid import uuid4

from hub.publish.normalise import to_unified_event
from hub.publish.reporter_key import phone_key
from hub.security.masking import mask_name, mask_text
from hub.security.original import Original
from hub.security.sealing import Sealer
from hub.settings.town import SHIPPED_MODELS
from hub.town.models import load_matcher
from schemas.channel import CHANNEL_NAMES
from schemas.reports.danger import Danger, DangerKind
from schemas.reports.demand import Demand
from schemas.reports.fact import Attachment, Contact, Fact, Kind, PlaceHint, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.town.register import PlaceName
from streams.town.register import Register
from tests.builders.town import NOON, REGISTER, TOWN, VILLAGE

SEALER = Sealer(b"k" * 32)
RAW = RawMessage(
    receipt_id=uuid4(),
    channel="hotline_12345",
    transport=Transport.HTTP,
    received_at=NOON,
    body=b"",
)
FACT = Fact(
    native_id="W1",
    occurred_at=NOON,
    contact=Contact(name="张三丰", phone="138 0013 8000", id_number="420281199001011234"),
    place=PlaceHint(text="幸福小区"),
    title="路灯不亮",
    content="幸福小区路灯不亮，联系电话13800138000。此致 张三丰",
    native={"transcript": ["我是张三丰，13800138000", 13800138000]},
)


def test_masks_have_the_required_form() -> None:
    """138****5678, 4202**********1234, 张*."""
    assert mask_text("找13812345678") == "找138****5678"
    assert mask_text("420212199003071234") == "4202**********1234"
    assert (mask_name("张三"), mask_name("")) == ("张*", "")


def test_an_event_has_no_personal_data_in_clear() -> None:
    """The JSON has neither the contact nor numbers from the text or native values."""
    event = to_unified_event(RAW, FACT, REGISTER, SEALER, lambda *_: None)
    body = event.model_dump_json()
    assert not [secret for secret in ("13800138000", "张三丰", "19900101") if secret in body]
    original = Original.model_validate_json(SEALER.open(str(event.event_id), event.reporter.sealed))
    assert original.content == FACT.content
    assert original.name == "张三丰"


def test_a_name_has_a_keyed_hash_unless_its_owner_hides() -> None:
    """Namesakes share the hash; an anonymous or confidential report has none."""

    def key(sealer: Sealer = SEALER, **more: object) -> str:
        fact = FACT.model_copy(update=more)
        return to_unified_event(RAW, fact, REGISTER, sealer, lambda *_: None).reporter.name_key

    assert key() == SEALER.match_key("name", "张三丰")
    assert key(contact=Contact(name="張三豐 先生")) == key()
    assert key(Sealer(b"o" * 32)) != key()
    assert key(anonymous=True) == key(confidential=True) == key(contact=Contact()) == ""


def test_no_field_of_an_event_shows_personal_data() -> None:
    """Titles, places, objects, attachments and native values are masked; originals stay sealed."""
    fields = {
        "title": "车牌鄂B12345占道，电话138-0000-1234",
        "place": PlaceHint(text="幸福小区（联系人：王小二）"),
        "object_name": "鄂B·12345",
        "attachments": (Attachment(name="张三丰身份证.jpg", url="https://x.cn/a?m=13800001234"),),
        "native": {"linkman": "李四", "tel": "3061234", "note": "微信zhangsan88"},
    }
    event = to_unified_event(RAW, FACT.model_copy(update=fields), REGISTER, SEALER, lambda *_: None)
    body = event.model_dump_json(exclude={"reporter": {"sealed"}})
    secrets = (
        "B12345",
        "B·12345",
        "138-0000-1234",
        "王小二",
        "张三丰",
        "13800001234",
        "李四",
        "3061234",
        "zhangsan88",
    )
    assert not [secret for secret in secrets if secret in body]
    assert event.object_name == "鄂B***45"
    original = Original.model_validate_json(SEALER.open(str(event.event_id), event.reporter.sealed))
    assert original.title == fields["title"]
    assert original.attachments == fields["attachments"]


def test_the_name_of_a_place_does_not_set_the_category() -> None:
    """The road at 石桥卫生院 has the category road: the name of a place is no word of a matter."""
    clinic = PlaceName(name="石桥卫生院", kind="landmark", division_code=VILLAGE, grid_code="G1")
    register = Register.of(TOWN.model_copy(update={"places": (*TOWN.places, clinic)}))
    fields = {"title": "", "content": "石桥卫生院前面路面坑洼不平", "place": PlaceHint()}
    fact = FACT.model_copy(update=fields)
    event = to_unified_event(RAW, fact, register, SEALER, lambda *_: None)
    assert event.category == "facility.road"


def test_sealing_an_event_is_deterministic() -> None:
    """Sealing is deterministic, so that a replay is byte-identical."""
    first = to_unified_event(RAW, FACT, REGISTER, SEALER, lambda *_: None)
    assert first == to_unified_event(RAW, FACT, REGISTER, SEALER, lambda *_: None)
    assert first.category == "facility.streetlight"
    assert first.place.grid_code == "G1"
    assert first.route == "421200"


def test_a_follow_up_takes_the_route_of_its_report() -> None:
    """A reminder without a place goes to the partition of its case."""
    reminder = FACT.model_copy(update={"place": PlaceHint(), "content": "催办", "title": ""})
    event = to_unified_event(RAW, reminder, REGISTER, SEALER, lambda *_: "429999007")
    assert event.route == "429900"


def test_an_extension_keeps_the_person_and_a_masked_number_has_none() -> None:
    """The line identifies the person; 138****1234 matches ten thousand numbers."""
    lines = {phone_key(f"0714-3061234{more}") for more in ("", "-8001", "转8001", " ext.12")}
    assert lines == {"+867143061234"}
    assert phone_key("13800001234.0") == phone_key("138-0000-1234") == "+8613800001234"
    assert phone_key("138****1234") == ""


def test_spellings_of_a_phone_number_share_a_key() -> None:
    """Spaces and the country code do not change the person's key."""
    assert phone_key("+86 138 0013 8000") == phone_key("13800138000") == "+8613800138000"


SEVERAL = FACT.model_copy(
    update={
        "content": "电话13800138000。1、小区门口的路灯全部不亮，晚上黑得看不见路；"
        "2、楼下烧烤店油烟直排，熏得开不了窗，请查处。"
    }
)


def test_several_matters_are_parts_of_the_masked_text() -> None:
    """Each part lies in the text of the event; a confidential one shows no words."""
    register = Register.of(TOWN, load_matcher(SHIPPED_MODELS))
    event = to_unified_event(RAW, SEVERAL, register, SEALER, lambda *_: None)
    first, second = event.parts
    assert (first.category, second.category) == ("facility.streetlight", "environment.air")
    assert event.content[second.begin :].startswith("2、楼下")
    hidden = SEVERAL.model_copy(update={"confidential": True})
    parts = to_unified_event(RAW, hidden, register, SEALER, lambda *_: None).parts
    assert [part.excerpt for part in parts] == ["", ""]


def test_an_event_says_what_it_wants() -> None:
    """The words tell it, unless the channel marks an enquiry; a follow-up wants nothing new."""

    def demand(**changes: object) -> Demand | None:
        fact = SEVERAL.model_copy(update=changes)
        return to_unified_event(RAW, fact, REGISTER, SEALER, lambda *_: None).demand

    assert demand() is Demand.COMPLAINT
    assert demand(urgency=Urgency.ENQUIRY) is Demand.ENQUIRY
    assert demand(kind=Kind.FOLLOW_UP) is None


def test_a_danger_in_the_words_makes_a_report_urgent_on_every_channel() -> None:
    """The channel's own urgency does not matter; a visit and a patrol check alarm nobody."""
    words = {"title": "", "content": "楼道里着火了，浓烟很大，我是张三丰"}
    for channel in CHANNEL_NAMES:
        raw = RAW.model_copy(update={"channel": channel})
        fact = FACT.model_copy(update={**words, "urgency": Urgency.ORDINARY})
        event = to_unified_event(raw, fact, REGISTER, SEALER, lambda *_: None)
        assert event.urgency is Urgency.URGENT
        assert event.danger is not None
        assert event.danger.kind is DangerKind.FIRE
    visit = FACT.model_copy(update={**words, "kind": Kind.VISIT})
    assert to_unified_event(RAW, visit, REGISTER, SEALER, lambda *_: None).danger is None


def test_the_words_of_a_confidential_danger_are_not_shown() -> None:
    """保密: kind and urgency are known to all, the words to the unit that has the case."""
    fact = FACT.model_copy(update={"content": "有人持刀威胁我", "confidential": True})
    event = to_unified_event(RAW, fact, REGISTER, SEALER, lambda *_: None)
    assert event.danger == Danger(kind=DangerKind.VIOLENCE)


def test_a_certificate_in_the_words_is_on_the_event() -> None:
    """That of a confidential report has no words; a visit asks for none."""
    words = "银行要单身证明，社区不给开，联系电话13800138000"
    fact = FACT.model_copy(update={"title": "", "content": words})
    (mention,) = to_unified_event(RAW, fact, REGISTER, SEALER, lambda *_: None).certificates
    assert (mention.name, str(mention.status), str(mention.use)) == (
        "婚姻状况证明",
        "cancelled",
        "complains",
    )
    assert "单身证明" in mention.words
    assert "13800138000" not in mention.words
    hidden = fact.model_copy(update={"confidential": True})
    (mention,) = to_unified_event(RAW, hidden, REGISTER, SEALER, lambda *_: None).certificates
    assert mention.words == ""
    visit = fact.model_copy(update={"kind": Kind.VISIT})
    assert to_unified_event(RAW, visit, REGISTER, SEALER, lambda *_: None).certificates == ()
