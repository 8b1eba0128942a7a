"""Packs tellings into deliveries, in the order of time, each channel in its own batches."""

from collections.abc import Sequence

from hub.lab.simulate.native.files import FILE_WRITERS
from hub.lab.simulate.native.pushes import WRITERS
from hub.lab.simulate.scenario.day import Telling
from hub.lab.simulate.scenario.message import Message
from schemas.channel import Channel

ONCE = (Channel.OPEN311, Channel.LEADER_BOARD, Channel.ENVIRONMENT_12369, Channel.MAYOR_MAILBOX,
        Channel.TRANSPORT_12328, Channel.LABOUR_12333, Channel.PETITION_LETTERS)  # fmt: skip
"""Channels whose transport has no way to bring the same thing twice as a new delivery."""
ALL_WRITERS = WRITERS | FILE_WRITERS


def pack(told: Sequence[Telling]) -> list[Message]:
    """Return the deliveries of a day."""
    waiting: dict[Channel, list[Telling]] = {channel: [] for channel in ALL_WRITERS}
    packed: list[Message] = []
    for telling in told:
        batch = waiting[telling.channel]
        batch.append(telling)
        write, size = ALL_WRITERS[telling.channel]
        if len(batch) >= size:
            packed.append(write(batch))
            waiting[telling.channel] = []
            if any(t.twice for t in batch) and telling.channel not in ONCE:
                packed.append(packed[-1])
    packed += [ALL_WRITERS[channel][0](batch) for channel, batch in waiting.items() if batch]
    return packed
