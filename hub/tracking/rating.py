"""Rating an answer 评价答复: which answer a citizen may rate, and the message of a rating."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from connectors.formats.form_body import read_form

REPORTS = (
    "SELECT toString(event_id) AS id, channel, native_id, confidential FROM events"
    " WHERE tracking = {code:String} ORDER BY received_at, revision"
)
ANSWER = (
    "SELECT toString(f.case_id) AS answered, f.seq AS seq, f.at AS at FROM feedback AS f"
    " WHERE f.event_id IN {ids:Array(UUID)} AND f.move = 'resolve' ORDER BY f.at DESC LIMIT 1"
)
STATE = "SELECT state FROM cases WHERE case_id = {id:UUID}"
EARLIER = (
    "SELECT count() AS earlier FROM events WHERE channel = {channel:String}"
    " AND native_id = {native_id:String} AND kind = 'evaluation'"
    " AND startsWith(revision, {prefix:String})"
)
RATEABLE = ("resolved", "fed_back", "evaluated")
"""States in which an evaluation of the case counts as one: after that it is closed or reopened."""
MOST_RATINGS = 5
"""How often one answer may be rated: the rating and its changes."""
SETTLED = ("已解决", "未解决")
GRADES = ("满意", "基本满意", "不满意")
"""The words that the channels use, too."""
LONGEST_WORDS = 200
LARGEST_FORM = 16 * 1024
MOST_FIELDS = 20
HASH_LENGTH = 12

RunQuery = Callable[[str, dict[str, Any]], list[dict[str, Any]]]


class RatingRefusedError(ValueError):
    """A rating that is not taken; the message tells the citizen why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The answer that a citizen may rate.

    `answer` names it: the case and the entry. `earlier` counts the earlier ratings of it.
    """

    channel: str
    native_id: str
    confidential: bool
    answer: str
    earlier: int
    until: datetime


@dataclass(frozen=True, slots=True)
class CitizenRating:
    """What a citizen has filled in; `answer` and `earlier` are those that the page showed."""

    answer: str
    earlier: str
    settled: str
    grade: str
    words: str


def find_offer(run_query: RunQuery, code: str, now: datetime, days: int) -> Offer | None:
    """Return the answer that the citizen with this code may rate; None if there is none.

    It is the last answer to the report, at most `days` old, of a case that is neither closed nor
    reopened since.
    """
    reports = run_query(REPORTS, {"code": code})
    if not reports:
        return None
    answers = run_query(ANSWER, {"ids": [report["id"] for report in reports]})
    if not answers or now - answers[0]["at"] > timedelta(days=days):
        return None
    (answer,) = answers
    states = run_query(STATE, {"id": answer["answered"]})
    if not states or states[0]["state"] not in RATEABLE:
        return None
    first, named = reports[0], f"{answer['answered']}-{answer['seq']}"
    report = {"channel": first["channel"], "native_id": first["native_id"]}
    earlier = run_query(EARLIER, {**report, "prefix": _prefix(named)})[0]["earlier"]
    return Offer(
        **report,
        confidential=any(each["confidential"] for each in reports),
        answer=named,
        earlier=int(earlier),
        until=answer["at"] + timedelta(days=days),
    )


def read_rating(body: bytes, content_type: str) -> CitizenRating:
    """Return the rating in a posted form.

    Raises `RatingRefusedError`, or `connectors.contract.FaultError` if it is no form.
    """
    fields = dict(read_form(body, content_type, MOST_FIELDS).fields)
    settled, grade = fields.get("settled", ""), fields.get("satisfaction", "")
    if settled not in SETTLED:
        raise RatingRefusedError("请选择问题是否已解决，评价还没有登记")
    if grade not in GRADES:
        raise RatingRefusedError("请选择满意、基本满意或不满意，评价还没有登记")
    words = " ".join(fields.get("text", "").split())
    if len(words) > LONGEST_WORDS:
        raise RatingRefusedError(f"补充的话最多{LONGEST_WORDS}个字，评价还没有登记，请缩短后再提交")
    return CitizenRating(fields.get("answer", ""), fields.get("earlier", ""), settled, grade, words)


def message_of(offer: Offer, rating: CitizenRating) -> bytes:
    """Return the message for the journal; raises `RatingRefusedError`.

    Its revision is derived from the answer, the number of ratings that the page showed, and the
    content. So a form that is sent twice is one rating, and each change is another one.
    """
    if rating.answer != offer.answer:
        raise RatingRefusedError("您看到的答复已有更新，请看过新的答复再评价")
    if offer.earlier >= MOST_RATINGS:
        raise RatingRefusedError("这次答复已经评价多次，不能再改")
    content = "\n".join((rating.earlier, rating.settled, rating.grade, rating.words))
    fields = {
        "id": offer.native_id,
        "revision": _prefix(offer.answer) + sha256(content.encode()).hexdigest()[:HASH_LENGTH],
        "confidential": offer.confidential,
        "settled": rating.settled,
        "satisfaction": rating.grade,
        "text": rating.words,
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def _prefix(answer: str) -> str:
    return f"rating-{answer}-"
