"""The folders of the city 城市文件 that the hub was started with, for commands that copy them.

A service manager may set `HUB_TOWN` and `HUB_MODELS` for the hub alone. `hub backup` in another
shell then reads other settings, and would leave out the city.
"""

import json
from pathlib import Path

from hub.backup.manifest import BackupError
from hub.runtime.paths import DataPaths
from hub.runtime.private_file import write_private
from hub.settings.town import TownSettings

SETTINGS = {"HUB_TOWN": "town", "HUB_MODELS": "models"}
"""The settings that name a folder of the city, with their fields."""


def remember_folders(settings: TownSettings) -> None:
    """Write the folders of a hub that starts into its data folder; raises `OSError`."""
    folders = {name: str(getattr(settings, field).resolve()) for name, field in SETTINGS.items()}
    write_private(DataPaths(settings.data).folders_in_use, json.dumps(folders, indent=1) + "\n")


def require_same_folders(settings: TownSettings) -> None:
    """Raise `BackupError` if the hub was last started with other folders than `settings` name.

    A folder that no longer exists is not compared, and nothing is if the hub never wrote them.
    """
    path = DataPaths(settings.data).folders_in_use
    if not path.is_file():
        return
    written = json.loads(path.read_text("utf-8"))
    for name, field in SETTINGS.items():
        used, resolved = written.get(name, ""), str(getattr(settings, field).resolve())
        if used and used != resolved and Path(used).is_dir():
            raise BackupError(
                f"the hub was last started with {name}={used}, and this command reads {resolved}:"
                f" set {name} as the hub has it"
            )
