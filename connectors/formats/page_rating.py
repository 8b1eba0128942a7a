"""Ratings from the tracking page 进度查询页评价: an evaluation in the name of the report's channel.

The page writes the message itself, so it has one form for all channels. It carries the header
`RATED_ON_PAGE`, which is not kept of what is pushed to the intake.
"""

from connectors.contract import DecodeContext, FaultError
from connectors.formats.evaluation import evaluation_of
from connectors.formats.json_body import as_object, flag, load_body, optional, require
from connectors.values.unread import Unread
from schemas.reports.fact import Decoded, Fact, Kind
from schemas.reports.raw import RawMessage
from schemas.reports.rejected import Reason


def decode_rating(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode one rating: its fact follows the report of the native id `id`."""
    sent, unread = as_object(load_body(raw, context.limits), ""), Unread()
    evaluation = evaluation_of(sent, unread)
    if evaluation is None:
        raise FaultError(Reason.MISSING_FIELD, "settled is needed", "/settled")
    fact = Fact(
        native_id=require(sent, "id", ""),
        revision=require(sent, "revision", ""),
        kind=Kind.EVALUATION,
        occurred_at=raw.received_at,
        # An unclear word may mean yes, and text that was shown cannot be taken back.
        confidential=flag(sent, "confidential", unread, unclear=True),
        content=optional(sent, "text"),
        evaluation=evaluation,
        native={"satisfaction": optional(sent, "satisfaction"), "way": "进度查询页"},
    )
    return Decoded(facts=(fact,))
