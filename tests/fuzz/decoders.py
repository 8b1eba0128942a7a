"""Coverage-guided fuzzing 模糊测试 of all decoders, and of the intake's steps after them.

`python -m tests.fuzz.decoders FOLDER [libFuzzer options]`. Inputs grow from the recorded samples;
an input that breaks a decoder is written into FOLDER, to become a sample.
"""

import sys
from pathlib import Path
from typing import Any

import atheris
import structlog

with atheris.instrument_imports(
    include=["connectors", "hub.publish.normalise", "hub.publish.rejection"]
):
    from connectors.registry import load_connectors
    from hub.publish.publisher import Publisher

    # Each is imported when it is loaded.
    CONNECTORS = load_connectors()

from hub.security.sealing import Sealer
from hub.settings import Settings
from hub.town.models import load_register
from schemas.cloudevent import from_record
from schemas.reports.raw import RawMessage
from schemas.reports.receipt import Receipt
from schemas.reports.rejected import Reason, Rejected
from schemas.topic import RECEIPTS, REJECTED
from tests.contract.samples import load_samples

LONGEST = 1 << 16
SECONDS = 10
MEGABYTES = 2048
"""Limit for one message, far above the needs of the recorded samples."""


class Journal:
    """A journal without routes."""

    def route(self, *_: str) -> None:
        """Return none."""

    def keep_routes(self, routes: Any) -> None:
        """Discard the routes."""
        list(routes)

    keep_early = keep_routes

    def early(self, _: Any) -> list[RawMessage]:
        """Return none."""
        return []


class Sender:
    """Stores the records of one message."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    def send_all(self, records: Any) -> None:
        """Accept all records."""
        self.records = list(records)


SAMPLES = load_samples()
SENDER = Sender()
PUBLISHER = Publisher(
    routes=Journal(),
    connectors=CONNECTORS,
    contexts={sample.channel: sample.context for sample in SAMPLES},
    register=load_register(Settings()),
    sealer=Sealer(bytes(32)),
    sender=SENDER,
)


def try_input(data: bytes) -> None:
    """Publish the body of `data` as a message like the sample that its first two bytes name."""
    sample = SAMPLES[int.from_bytes(data[:2], "big") % len(SAMPLES)]
    PUBLISHER.publish([sample.raw.model_copy(update={"body": data[2:]})])
    bodies = {RECEIPTS.name: Receipt, REJECTED.name: Rejected}
    bodies_sent = [
        from_record(bodies[record.topic], record.value)
        for record in SENDER.records
        if record.topic in bodies
    ]
    (receipt,) = [record for record in bodies_sent if isinstance(record, Receipt)]
    rejected = [record for record in bodies_sent if isinstance(record, Rejected)]
    traces = len(receipt.event_ids) + len(rejected) + receipt.duplicates
    if traces + sum(receipt.skipped.values()) < 1:
        raise AssertionError("the message left no trace")
    for refused in rejected:
        if refused.reason is Reason.DECODER_FAULT:
            raise AssertionError(f"{refused.channel}: {refused.detail}")


def main() -> None:
    """Fuzz until a limit of libFuzzer's options is reached."""
    folder = Path(sys.argv[1])
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(SAMPLES):
        if len(sample.raw.body) < LONGEST:
            seed = corpus / f"sample-{number}"
            seed.write_bytes(number.to_bytes(2, "big") + sample.raw.body)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    words = [
        sys.argv[0],
        str(corpus),
        f"-artifact_prefix={folder}/",
        f"-max_len={LONGEST}",
        f"-timeout={SECONDS}",
        f"-rss_limit_mb={MEGABYTES}",
        "-print_final_stats=1",
        *sys.argv[2:],
    ]
    atheris.Setup(words, try_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
