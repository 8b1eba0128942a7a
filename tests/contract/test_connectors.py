"""One suite tests all connectors with recorded samples and with damaged ones."""

import gzip
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Limits
from connectors.registry import load_connectors
from schemas.channel import Channel
from schemas.reports.event import event_id_of
from schemas.reports.raw import Transport
from schemas.reports.rejected import Reason
from tests.contract.samples import ROOT, Sample, load_samples

CONNECTORS = load_connectors()
SAMPLES = load_samples()
COMPRESSED = frozenset(
    channel
    for channel, connector in CONNECTORS.items()
    # WeChat pushes over HTTP too, but never compresses.
    if Transport.HTTP in connector.transports and channel != Channel.WECHAT_OFFICIAL
)
SMALL = [sample for sample in SAMPLES if "bomb" not in sample.name]


def decode(sample: Sample):
    """Decode a sample as the publisher does."""
    return CONNECTORS[sample.channel].decode_batch([sample.raw], sample.context)[0]


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_sample_decodes_to_its_recorded_result(sample: Sample) -> None:
    """Ids, faults with their positions, duplicates and skips are as recorded."""
    got = decode(sample)
    assert {fault.position: str(fault.reason) for fault in got.faults} == dict(sample.faults), [
        fault.detail for fault in got.faults
    ]
    if sample.ids is not None:
        assert [fact.native_id for fact in got.facts] == sample.ids
    assert got.duplicates == sample.duplicates
    assert dict(got.skipped) == dict(sample.skipped)


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_nothing_is_silent(sample: Sample) -> None:
    """Every message leaves a trace, and every fault can be shown apart from the others."""
    got = decode(sample)
    assert got.facts or got.faults or got.skipped
    assert len({(fault.reason, fault.position) for fault in got.faults}) == len(got.faults)
    assert all(fault.detail for fault in got.faults)


@pytest.mark.parametrize("sample", SMALL, ids=str)
def test_decoding_is_deterministic(sample: Sample) -> None:
    """The same bytes give the same facts, so a replay has the same ids."""
    assert decode(sample) == decode(sample)


@pytest.mark.parametrize("sample", SMALL, ids=str)
def test_ids_make_the_round_trip(sample: Sample) -> None:
    """No two facts of a message share an event id, and no id holds what cannot be shown."""
    facts = decode(sample).facts
    ids = {event_id_of(sample.channel, fact.native_id, fact.revision) for fact in facts}
    assert len(ids) == len(facts)
    assert all(fact.native_id.strip() == fact.native_id for fact in facts)


def test_every_channel_is_installed_and_recorded() -> None:
    """Each source has a connector and all four sorts of samples."""
    assert set(CONNECTORS) == set(Channel)
    for channel in Channel:
        names = {
            sample.name.partition("_")[0].partition(".")[0]
            for sample in SAMPLES
            if sample.channel == channel
        }
        assert names == {"ordinary", "minimal", "odd", "broken"}, channel


def test_every_sample_file_is_listed() -> None:
    """Every sample file is listed, so every one is tested."""
    listed = {ROOT / sample.channel / sample.name for sample in SAMPLES}
    there = {path for path in ROOT.glob("*/*") if path.name != "samples.yaml"}
    assert there == listed


@pytest.mark.parametrize(
    "sample",
    [s for s in SAMPLES if s.name.startswith("ordinary") and s.channel in COMPRESSED],
    ids=str,
)
def test_a_limit_holds_for_the_unpacked_message(sample: Sample) -> None:
    """A compressed push over the limit is too large, whatever it contains."""
    body = gzip.compress(b" " * 5000)
    raw = sample.raw.model_copy(update={"body": body, "headers": {"Content-Encoding": "gzip"}})
    context = replace(sample.context, limits=Limits(unpacked_bytes=1000))
    got = CONNECTORS[sample.channel].decode_batch([raw], context)[0]
    assert [fault.reason for fault in got.faults] == [Reason.TOO_LARGE]


@st.composite
def damaged(draw: st.DrawFn) -> Sample:
    """Draw a sample with bytes changed, cut out, doubled or put in."""
    sample = draw(st.sampled_from(SMALL))
    body = bytearray(sample.raw.body)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body)))
        length = draw(st.integers(0, 40))
        piece = draw(
            st.one_of(
                st.binary(max_size=12),
                st.just(bytes(body[at : at + length]) * 2),
                st.sampled_from([b"<", b"\x00", b'"', b"}", b"-1", b"\xff", b"null", b"\n"]),
            )
        )
        body[at : at + length] = piece
    return replace(sample, raw=sample.raw.model_copy(update={"body": bytes(body)}))


@settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(damaged())
def test_no_damage_escapes_or_is_silent(sample: Sample) -> None:
    """A damaged message gives facts, faults or skips, never an exception or a decoder fault."""
    got = decode(sample)
    assert got.facts or got.faults or got.skipped
    faults = [fault for fault in got.faults if fault.reason is Reason.DECODER_FAULT]
    assert not faults, faults[0].detail
