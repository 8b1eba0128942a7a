"""领导留言板: pages of a JSON API that we poll [O], docs/channels/leader_board.md."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from urllib.parse import quote

from connectors.contract import (
    Connector,
    DecodeContext,
    FaultError,
    Outgoing,
    Reply,
    ReplyForm,
    Way,
)
from connectors.formats.attachments import attachments_of
from connectors.formats.json_body import (
    Json,
    as_list,
    as_object,
    decode_each,
    flag,
    load_body,
    names,
    optional,
    require,
    rest,
)
from connectors.formats.markup import plain
from connectors.formats.reply import STEPS, as_json, only_reply
from connectors.values.division import division_code
from connectors.values.moment import parse_moment
from connectors.values.unread import Unread
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Decoded, Fact, PlaceHint, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import status

KNOWN = names(
    "tid version forum subject content nickname userId phone createdAt areaCode domainName "
    "anonymous attach. attach.name attach.url attach.mediaType type"
)


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode `{"posts": […], "next": …}`; a page without posts is a skip, not a fault."""
    page = as_object(load_body(raw, context.limits), "")
    if "posts" not in page:
        raise FaultError(Reason.MISSING_FIELD, "posts is needed", "/posts")
    posts = as_list(page["posts"], "/posts")
    if not posts:
        return Decoded(skipped={"empty page": 1})
    return decode_each(posts, "/posts", context.limits, partial(_fact, now=raw.received_at))


def _fact(post: Json, position: str, now: datetime) -> Fact:
    subject, content = plain(optional(post, "subject")), plain(optional(post, "content"))
    if not (subject or content):
        raise FaultError(Reason.MISSING_FIELD, "content is needed", f"{position}/content")
    digest = sha256(f"{subject}\n{content}".encode()).hexdigest()[:16]
    unread = Unread()
    return Fact(
        native_id=require(post, "tid", position),
        # An edited post keeps its id, so a hash of its content is its revision.
        revision=optional(post, "version") or digest,
        occurred_at=parse_moment(post.get("createdAt"), position=f"{position}/createdAt", now=now),
        contact=Contact(
            name=optional(post, "nickname"),
            phone=optional(post, "phone"),
            account=optional(post, "userId"),
        ),
        anonymous=flag(post, "anonymous", unread, unclear=True),
        place=PlaceHint(division_code=division_code(optional(post, "areaCode"))),
        category=category_named(optional(post, "domainName")),
        native_category=optional(post, "domainName"),
        title=subject,
        content=content,
        urgency=Urgency.ENQUIRY if optional(post, "type") == "咨询" else Urgency.ORDINARY,
        object_name=optional(post, "forum"),
        attachments=attachments_of(post, "attach"),
        native=rest(post, KNOWN, unread),
    )


def encode(replies: Sequence[Reply]) -> Outgoing:
    """Return the public reply 公开回复 to one post, or its progress."""
    reply = only_reply(replies)
    feedback = reply.feedback
    posted = {
        "replyId": str(feedback.feedback_id),
        "tid": feedback.native_id,
        "status": status(feedback),
        "unit": feedback.unit_name,
        "content": feedback.answer or feedback.text,
        "repliedAt": feedback.at.isoformat(),
    }
    return Outgoing(as_json(posted), path=f"/posts/{quote(feedback.native_id, safe='')}/replies")


CONNECTOR = Connector(
    Channel.LEADER_BOARD, (Transport.POLL,), decode, ReplyForm(Way.HTTP, encode, STEPS)
)
