"""The names of files and folders under HUB_DATA."""

import re
from pathlib import Path

import hub
from hub.runtime.paths import DataPaths

NAMED_ELSEWHERE = re.compile(r"\bdata(\.absolute\(\))? / ")
DEMO = "lab/demo.py"
"""It writes the database of an office in the demo, which is no file of the hub."""


def test_a_single_module_names_the_files_of_the_data_folder() -> None:
    """A module that joins `settings.data` with a name of its own is a mistake."""
    root = Path(hub.__file__).parent
    modules = {path.relative_to(root).as_posix(): path for path in root.rglob("*.py")}
    naming = {name for name, path in modules.items() if NAMED_ELSEWHERE.search(path.read_text())}
    assert naming == {"runtime/paths.py", DEMO}


def test_every_name_is_used_once(tmp_path: Path) -> None:
    """Two different things never lie at the same path."""
    paths = DataPaths(tmp_path)
    names = [name for name, value in vars(DataPaths).items() if isinstance(value, property)]
    files = [getattr(paths, name) for name in names if name != "closed_to_engine"]
    assert len(files) == len(set(files)) > 15
    assert set(paths.closed_to_engine) < set(files)
    assert paths.lock("serve") == tmp_path / "serve.lock"
