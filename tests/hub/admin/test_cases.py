"""Commands of the command line are checked before they are sent."""

from uuid import uuid4

import pytest

from hub.admin import cases
from hub.runtime.errors import HubError
from hub.settings import Settings
from schemas.cases.case import Move


def test_a_command_out_of_bounds_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The bounds are those of the HTTP interface, and nothing is sent."""
    monkeypatch.setattr(cases, "_stored_case", lambda *_: (None, "429999001"))
    with pytest.raises(HubError, match="reason: String should have at most 2000 characters"):
        cases.send_command(
            Settings(),
            Move.NOTE,
            str(uuid4()),
            actor="城管局",
            role="unit",
            unit="",
            reason="长" * 2001,
            seq=None,
            data={},
        )
