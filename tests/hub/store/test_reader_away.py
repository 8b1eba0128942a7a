"""A reader of a store that does not answer."""

from pathlib import Path

import pytest

from hub.runtime.paths import DataPaths
from hub.settings import Settings
from hub.store.reader import Reader, StoreAwayError
from tests.integration.parts import free_port


def test_its_error_is_all_that_is_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Else each command begins with a line of the driver that names nothing."""
    settings = Settings(data=tmp_path, store_port=free_port())
    DataPaths(tmp_path).sql_token.write_text("token", encoding="utf-8")
    reader = Reader(settings)
    with pytest.raises(StoreAwayError, match="does not answer"):
        reader.rows("SELECT 1")
    assert not [r for r in caplog.records if r.name.startswith("clickhouse_connect")]
