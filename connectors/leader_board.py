"""领导留言板: pages of a JSON API that we poll, docs/channels/leader_board.md."""

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
    identifier,
    load_body,
    names,
    optional,
    rest,
)
from connectors.formats.markup import plain
from connectors.formats.reply import STEPS, as_json, only_reply
from connectors.values.division import division_code
from connectors.values.moment import parse_moment
from connectors.values.spellings import around, respelled, spellings
from connectors.values.unread import Unread
from schemas.category import category_named
from schemas.channel import Channel
from schemas.reports.fact import Contact, Decoded, Fact, PlaceHint, Urgency
from schemas.reports.raw import RawMessage, Transport
from schemas.reports.rejected import Reason
from schemas.wording import status

KNOWN = names(
    "tid version forum subject content nickname userId phone createdAt areaCode domainName "
    "anonymous attach. attach.name attach.url attach.mediaType"
)
NAMES = spellings("""
tid: threadId
version:
forum: forumName 留言对象
subject: title 标题
content: 内容
nickname: nickName userName 网友
userId:
phone: mobile telephone
createdAt: dateline createTime 留言时间
areaCode:
domainName: domain 领域
anonymous: isAnonymous
attach: attachments attachList
type: typeName 类型
""")
"""The names of the board's public clients; `attachment` is a flag there, no list."""
LATER = ("answerContent", "answerDateline", "grade", "gradeLevel", "gradeManner", "gradeSpeed")
"""An answer and its grades, which come into a post later: they make a new revision of it."""
PAGING = ("next", "result", "resultDesc", "success", "code")
"""What an answer says of itself; it is about no post."""
PAGES = ("posts", "responseData", "resultData")


def decode(raw: RawMessage, context: DecodeContext) -> Decoded:
    """Decode `{"posts": […], "next": …}`; a page without posts is a skip, not a fault."""
    page = as_object(load_body(raw, context.limits), "")
    root = next((name for name in PAGES if name in page), "")
    if not root:
        raise FaultError(Reason.MISSING_FIELD, "posts is needed", "/posts")
    listed = page[root]
    if root == "resultData" and isinstance(listed, dict):
        root, listed = next(
            ((f"{root}/{name}", value) for name, value in listed.items() if _are_posts(value)),
            (root, []),
        )
    posts = as_list(listed, f"/{root}")
    if not posts:
        return Decoded(skipped={"empty page": 1})
    fact = partial(_fact, now=raw.received_at, around=around(page, *PAGES, *PAGING))
    return decode_each(posts, f"/{root}", context.limits, fact)


def _are_posts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _fact(sent: Json, position: str, now: datetime, around: Json) -> Fact:
    post = respelled(sent, NAMES)
    subject, content = plain(optional(post, "subject")), plain(optional(post, "content"))
    if not (subject or content):
        raise FaultError(Reason.MISSING_FIELD, "content is needed", f"{position}/content")
    later = [optional(post, name) for name in LATER]
    whole = "\n".join([subject, content, *(later if any(later) else ())])
    digest = sha256(whole.encode()).hexdigest()[:16]
    unread = Unread()
    return Fact(
        native_id=identifier(post, "tid", position),
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
        native={**rest(post, KNOWN, unread), **around},
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
