"""Packs submissions into deliveries, in order of time, in batches by channel."""

from collections.abc import Sequence

from hub.lab.simulate.native.files import FILE_WRITERS
from hub.lab.simulate.native.pushes import WRITERS
from hub.lab.simulate.scenario.day import Submission
from hub.lab.simulate.scenario.message import Message
from schemas.channel import Channel

NO_DUPLICATES = (
    Channel.OPEN311,
    Channel.LEADER_BOARD,
    Channel.ENVIRONMENT_12369,
    Channel.MAYOR_MAILBOX,
    Channel.TRANSPORT_12328,
    Channel.LABOUR_12333,
    Channel.PETITION_LETTERS,
)
"""Channels whose transport cannot deliver the same batch a second time."""
ALL_WRITERS = WRITERS | FILE_WRITERS


def pack(submissions: Sequence[Submission]) -> list[Message]:
    """Return the deliveries of a day; the order of `submissions` is the order of time."""
    waiting: dict[Channel, list[Submission]] = {channel: [] for channel in ALL_WRITERS}
    packed: list[Message] = []
    for submission in submissions:
        batch = waiting[submission.channel]
        batch.append(submission)
        write, size = ALL_WRITERS[submission.channel]
        if len(batch) >= size:
            packed.append(write(batch))
            waiting[submission.channel] = []
            if any(t.delivered_twice for t in batch) and submission.channel not in NO_DUPLICATES:
                packed.append(packed[-1])
    packed += [ALL_WRITERS[channel][0](batch) for channel, batch in waiting.items() if batch]
    return packed
