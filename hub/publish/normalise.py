"""Turn a fact into a unified event 成形: locate, seal, mask and route it."""

from collections.abc import Callable
from functools import cache
from typing import Any

from hub.publish.name_key import name_key
from hub.publish.reporter_key import account_key, id_key, phone_key
from hub.registers.stored import MATCH_KIND
from hub.security.masking import mask_id_number, mask_name, mask_phone, mask_values, masker_of
from hub.security.original import Original
from hub.security.sealing import Sealer
from hub.tracking.code import tracking_of
from schemas.base import BEIJING
from schemas.cases.evaluation import Evaluation
from schemas.category import OTHER
from schemas.channel import Channel
from schemas.reports.certificate import CertificateMention
from schemas.reports.danger import Danger
from schemas.reports.demand import Demand, Part
from schemas.reports.event import Place, Reporter, UnifiedEvent, event_id_of
from schemas.reports.fact import OPENING, Attachment, Fact, Kind, Urgency
from schemas.reports.raw import RawMessage
from schemas.route import city_of
from streams.matching.classify import SURE
from streams.matching.dangers.danger import danger_of
from streams.matching.demand import demand_of
from streams.matching.parts import parts_of
from streams.matching.text import normalised_text_at
from streams.town.locate import place
from streams.town.register import Register

UNCLASSIFIED = frozenset({Kind.WISH, Kind.SERVICE_STAGE})
"""Kinds whose text no model reads."""
RouteOf = Callable[..., str | None]
"""`route_of(channel, *native_ids)` → the stored route of the first id that is known."""


def masker(fact: Fact) -> Callable[[str], str]:
    """Return a function that masks personal data and the known names and values of a fact's people.

    People sign their texts, so a known name is masked wherever it stands. Results are cached: the
    texts are masked for the event, and to see whether anything in them is hidden.
    """
    people = (fact.contact, *fact.others)
    names = {contact.name for contact in people}
    if fact.object_is_person:
        names.add(fact.object_name)
    values = {
        value
        for contact in people
        for value in (contact.phone, contact.id_number, contact.email, contact.account)
    }
    return cache(masker_of(names, values))


def seal_reporter(
    event_id: str, fact: Fact, sealer: Sealer, mask: Callable[[str], str]
) -> Reporter:
    """Return the reporter; the match key is of phone, else ID number, account or e-mail address.

    Names are easily guessed, so an anonymous or confidential report has no key of the name: nobody
    can ask whether a certain person wrote it.
    """
    contact = fact.contact
    key = (
        sealer.match_key("phone", phone_key(contact.phone))
        or sealer.match_key("id", id_key(contact.id_number))
        or sealer.match_key("account", account_key(contact.account))
        or sealer.match_key("email", account_key(contact.email.lower()))
    )
    shown = (mask_name(contact.name), mask_phone(contact.phone), mask_id_number(contact.id_number))
    texts = {"title": fact.title, "content": fact.content, "place": fact.place.text}
    hidden: dict[str, Any] = texts if any(mask(text) != text for text in texts.values()) else {}
    if _masked_attachments(fact.attachments, mask) != fact.attachments:
        hidden = {**hidden, "attachments": fact.attachments}
    named = fact.object_name if fact.object_is_person else ""
    original = Original(**contact.model_dump(), others=fact.others, object_person=named, **hidden)
    original_json = original.model_dump_json(exclude_defaults=True)
    is_hidden = fact.anonymous or fact.confidential
    return Reporter(
        key=key,
        name_key="" if is_hidden else sealer.match_key("name", name_key(contact.name)),
        sealed=sealer.seal(event_id, original_json.encode()) if original_json != "{}" else "",
        masked=" ".join(part for part in shown if part),
        anonymous=fact.anonymous,
    )


def _category(fact: Fact, where: Place, register: Register) -> tuple[str, str, float]:
    """Return leaf, source, confidence (0 to 1); leaf and source are empty below `SURE`.

    The name of the place is ignored: 石桥卫生院门口的路 is about the road, not about the clinic.
    """
    if fact.kind is Kind.SERVICE_STAGE:
        # Its item has a name of its own 事项名称, and is no matter of the tree.
        return "", "", 0.0
    if fact.kind is Kind.WISH:
        # A 微心愿 is marked as such by its author, so no text is classified.
        return fact.category, "native", 1.0
    classifier = register.matcher.classifier
    classification = classifier.classify(normalised_text_at(fact.title, fact.content, where))
    leaf, confidence = classification.leaf, classification.confidence
    if fact.category and fact.category != OTHER:
        leaf, confidence = classifier.with_channel_category(classification, fact.category)
    if confidence < SURE:
        return "", "", confidence
    return leaf, "native" if leaf == fact.category else "text", confidence


def _demand(fact: Fact) -> Demand | None:
    """Return what a report wants; the channel's own 咨询 needs no words."""
    if fact.kind is not Kind.REPORT:
        return None
    return (
        Demand.ENQUIRY if fact.urgency is Urgency.ENQUIRY else demand_of(fact.title, fact.content)
    )


def _danger(fact: Fact, content: str, mask: Callable[[str], str]) -> Danger | None:
    """Return the danger that a report or a follow-up describes, by its masked words.

    That of a confidential report has no words: its text is for few to see.
    """
    if fact.kind not in OPENING and fact.kind is not Kind.FOLLOW_UP:
        return None
    danger = danger_of(mask(fact.title), content, fact.occurred_at.astimezone(BEIJING).date())
    return danger.model_copy(update={"words": ""}) if danger and fact.confidential else danger


def _certificates(
    fact: Fact, content: str, register: Register, mask: Callable[[str], str]
) -> tuple[CertificateMention, ...]:
    """Return the certificates that a report or a follow-up asks for, by its masked words.

    Those of a confidential report have no words: its text is for few to see.
    """
    if fact.kind not in (Kind.REPORT, Kind.FOLLOW_UP):
        return ()
    mentions = register.certificates.mentions(mask(fact.title), content)
    if not fact.confidential:
        return mentions
    return tuple(mention.model_copy(update={"words": ""}) for mention in mentions)


def _parts(fact: Fact, content: str, register: Register) -> tuple[Part, ...]:
    """Return the matters of a report, with positions in the masked `content`.

    The parts of a confidential report have no excerpt: its text is for few to see.
    """
    if fact.kind is not Kind.REPORT:
        return ()
    parts = parts_of(content, register.matcher.classifier)
    if not fact.confidential:
        return parts
    return tuple(part.model_copy(update={"excerpt": ""}) for part in parts)


def _masked_attachments(
    attachments: tuple[Attachment, ...], mask: Callable[[str], str]
) -> tuple[Attachment, ...]:
    """Return attachments with names and links masked: 张三身份证.jpg, ?phone=13800001234."""
    return tuple(
        attachment.model_copy(update={"name": mask(attachment.name), "url": mask(attachment.url)})
        for attachment in attachments
    )


def _masked(evaluation: Evaluation | None, mask: Callable[[str], str]) -> Evaluation | None:
    return evaluation and evaluation.model_copy(update={"comment": mask(evaluation.comment)})


def to_unified_event(
    raw: RawMessage, fact: Fact, register: Register, sealer: Sealer, route_of: RouteOf
) -> UnifiedEvent:
    """Return the unified event of a fact. Pure apart from the look-up of routes."""
    event_id = event_id_of(raw.channel, fact.native_id, fact.revision)
    words, mask = f"{fact.title} {fact.content}", masker(fact)
    where: Place = place(fact.place, words, register)
    category, by, confidence = _category(fact, where, register)
    content = mask(fact.content)
    danger = _danger(fact, content, mask)
    known = route_of(raw.channel, fact.parent_id, fact.native_id)
    return UnifiedEvent(
        event_id=event_id,
        receipt_id=raw.receipt_id,
        channel=Channel(raw.channel),
        native_id=fact.native_id,
        revision=fact.revision,
        parent_id=fact.parent_id,
        kind=fact.kind,
        occurred_at=fact.occurred_at,
        received_at=raw.received_at,
        reporter=seal_reporter(str(event_id), fact, sealer, mask),
        confidential=fact.confidential,
        signatories=fact.signatories,
        place=where.model_copy(update={"text": mask(where.text)}),
        route=city_of(known) if known else where.city or register.city,
        tracking=tracking_of(sealer, raw.channel, fact),
        category=category,
        category_by=by,
        category_confidence=confidence,
        category_version="" if fact.kind in UNCLASSIFIED else register.matcher.classifier.version,
        native_category=fact.native_category,
        demand=_demand(fact),
        parts=_parts(fact, content, register),
        title=mask(fact.title),
        content=content,
        urgency=Urgency.URGENT if danger else fact.urgency,
        danger=danger,
        certificates=_certificates(fact, content, register, mask),
        object_name=mask_name(fact.object_name)
        if fact.object_is_person
        else mask(fact.object_name),
        object_is_person=fact.object_is_person,
        attachments=_masked_attachments(fact.attachments, mask),
        evaluation=_masked(fact.evaluation, mask),
        worker=fact.worker,
        household=fact.household,
        person=fact.person or sealer.match_key(MATCH_KIND, id_key(fact.person_id_number)),
        attends=fact.attends,
        project=fact.project,
        deliberation=fact.deliberation,
        service=fact.service,
        native=mask_values(dict(fact.native), mask),
    )
