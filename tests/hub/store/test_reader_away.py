"""A reader of a store that does not answer."""

from pathlib import Path

import pytest

from hub.runtime.paths import DataPaths
from hub.settings import Settings
from hub.store.reader import Reader, StoreAwayError
from tests.integration.parts import free_port


def test_its_error_is_all_that_is_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One short sentence says where, why and what to do; the driver's own lines are not logged."""
    settings = Settings(data=tmp_path, store_port=free_port())
    DataPaths(tmp_path).sql_token.write_text("token", encoding="utf-8")
    with pytest.raises(StoreAwayError) as raised:
        Reader(settings).rows("SELECT 1")
    where = f"127.0.0.1:{settings.store_port}"
    expected = f"the store at {where} does not answer (connection refused); start it with hub up"
    assert str(raised.value) == expected
    assert not [r for r in caplog.records if r.name.startswith("clickhouse_connect")]


def test_a_server_is_not_started_by_the_hub(tmp_path: Path) -> None:
    """The advice is about the server of a cluster where there is one."""
    settings = Settings(data=tmp_path, clickhouse=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(StoreAwayError, match=r"refused\); check HUB_CLICKHOUSE"):
        Reader(settings).rows("SELECT 1")
