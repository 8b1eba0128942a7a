"""Turn faults into rejected records 退件成形: mask, seal, and store the whole message once."""

from collections.abc import Iterable

from hub.security.masking import mask_text
from hub.security.sealing import Sealer
from schemas.reports.raw import RawMessage
from schemas.reports.rejected import Fault, Rejected, SealedRaw, rejected_id_of


def reject(raw: RawMessage, faults: Iterable[Fault], sealer: Sealer) -> list[Rejected]:
    """Return the rejected records of a message; duplicate faults are merged."""
    distinct = {rejected_id_of(raw.receipt_id, f.reason, f.position): f for f in faults}
    bound = str(raw.receipt_id)
    return [
        Rejected(
            rejected_id=rejected_id,
            receipt_id=raw.receipt_id,
            channel=raw.channel,
            reason=fault.reason,
            detail=mask_text(fault.detail),
            position=mask_text(fault.position),
            received_at=raw.received_at,
            raw=_sealed(raw, sealer) if index == 0 else None,
            part="" if fault.part is None else sealer.seal(bound, fault.part),
        )
        for index, (rejected_id, fault) in enumerate(distinct.items())
    ]


def _sealed(raw: RawMessage, sealer: Sealer) -> SealedRaw:
    return SealedRaw(
        transport=raw.transport,
        source=mask_text(raw.source),
        content_type=raw.content_type,
        headers=raw.headers,
        size=len(raw.body),
        sha256=raw.sha256,
        body=sealer.seal(str(raw.receipt_id), raw.body),
    )


def reopen(carrier: Rejected, sealer: Sealer) -> RawMessage:
    """Return the message as it was received; raises `SealError`, or `ValueError` without one."""
    sealed_raw = carrier.raw
    if sealed_raw is None:
        raise ValueError(f"{carrier.rejected_id} does not carry the message")
    return RawMessage(
        receipt_id=carrier.receipt_id,
        channel=carrier.channel,
        transport=sealed_raw.transport,
        received_at=carrier.received_at,
        source=sealed_raw.source,
        content_type=sealed_raw.content_type,
        headers=sealed_raw.headers,
        body=sealer.open(str(carrier.receipt_id), sealed_raw.body),
    )
