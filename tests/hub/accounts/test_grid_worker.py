"""The role of a grid worker: whatever is not his phone page refuses him."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.accounts.permissions import allowed_moves, may_open, scope_of
from hub.accounts.session import Viewer
from hub.accounts.staff import Member, StaffRole, add_member
from hub.cli.main import cli
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.sql.roles import NoSqlAccessError, visibility_of
from hub.sql.users import office_of
from streams.case.state import PartitionState
from streams.steps import event as receive
from tests.builders.town import REGISTER, event

WORKER = Viewer("小李", StaffRole.GRID_WORKER, "W1")


def test_he_sees_opens_and_commands_no_case() -> None:
    """Not even those of his grid: the phone page has queries of its own."""
    state = PartitionState()
    case = receive.step(state, event("n1", grid="G1"), REGISTER).case_events[0].case
    scope = scope_of(WORKER, REGISTER)
    assert scope.sql == "0"
    assert not scope.may_open_cases
    assert not may_open(WORKER, case, REGISTER)
    assert allowed_moves(WORKER, case) == []


def test_he_has_no_sql() -> None:
    """Neither through his account nor through a role on a server."""
    member = Member("小李", StaffRole.GRID_WORKER, "W1", "")
    with pytest.raises(NoSqlAccessError):
        office_of(member, REGISTER)
    with pytest.raises(NoSqlAccessError):
        visibility_of(StaffRole.GRID_WORKER, "W1", {})


def test_his_code_is_one_of_the_register(tmp_path: Path) -> None:
    """A misspelt code would be a login that sees nothing, and nobody would know why."""
    with pytest.raises(HubError, match="grid worker"):
        add_member(Settings(data=tmp_path), "小李", "grid_worker", "", "")
    add = ["staff", "add", "小李", "--role", "grid_worker", "--unit"]
    environment = {"HUB_DATA": str(tmp_path)}
    refused = CliRunner().invoke(cli, [*add, "W999"], env=environment)
    assert refused.exit_code != 0
    assert "W999 is no grid worker" in refused.output
    assert CliRunner().invoke(cli, [*add, "W001001001-1"], env=environment).exit_code == 0
