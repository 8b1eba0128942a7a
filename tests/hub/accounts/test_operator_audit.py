"""The audit has a line about each command before it takes effect 留痕."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.accounts.audit import Audit, AuditAction
from hub.accounts.audit_chain import faults
from hub.accounts.operator_audit import noting, operator_name
from hub.learning.places.new_places import refuse
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.client import Store
from hub.town.decided_names import decided_names


def test_a_command_is_a_line_of_the_chain(store: Store, engine_settings: Settings) -> None:
    """By the system account, in the role operator; the chain of hashes stays whole."""
    audit = Audit(engine_settings, store)
    audit.note_operator(operator_name(), AuditAction.MODELS, "3f9a12cd, in place of shipped")
    audit.note_operator(operator_name(), AuditAction.PLACE_NAME, "樱桃花园 accepted" * 100)
    lines = store.named("SELECT * FROM audit ORDER BY at, link")
    assert [line["what"] for line in lines] == ["models", "place_name"]
    assert {(line["who"], line["role"]) for line in lines} == {(operator_name(), "operator")}
    assert len(lines[1]["detail"]) == 500
    assert faults(lines, datetime.now(UTC), 0) == []


def test_without_the_store_nothing_is_changed(tmp_path: Path) -> None:
    """The message says why and what to do."""
    settings = Settings(data=tmp_path)
    note = noting(settings, AuditAction.PLACE_NAME)
    with pytest.raises(HubError, match=r"nothing was changed.*start it with hub up"):
        refuse(settings, "樱桃花园", note)
    assert decided_names(settings) == ()
