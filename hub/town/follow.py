"""Following 跟随: a running process takes over other models and accepted place names.

No restart is needed, and no broker: the process looks at two small files each second. The version
of the models stands in every entry that they have decided. A process on another machine has a data
folder of its own; there the folder `models` must be copied or shared (docs/learning.md).
"""

import asyncio
from collections.abc import Callable

import structlog

from hub.runtime.errors import HubError
from hub.runtime.paths import DataPaths
from hub.runtime.watched_file import CHECK_EVERY, WatchedFile
from hub.settings.town import TownSettings
from hub.town.decided_names import decided_names, with_decided_names
from hub.town.model_versions import in_use_path, models_folder
from hub.town.models import load_matcher
from hub.town.registers import load_town
from streams.town.register import Register

Adopt = Callable[[Register], None]

log = structlog.get_logger()


class FollowedRegister:
    """The register of a process, built anew when models or accepted names have changed.

    The files of the town are read once: rules and duty lists change by `hub rules reload` only.
    """

    def __init__(self, settings: TownSettings) -> None:
        self._settings, self._town = settings, load_town(settings.town)
        self._files = (
            WatchedFile(in_use_path(settings)),
            WatchedFile(DataPaths(settings.data).place_names),
        )

    def read(self) -> Register:
        """Return the register; raises `TownError`, `ModelVersionError` or `ModelError`."""
        town = with_decided_names(self._town, decided_names(self._settings))
        return Register.of(town, load_matcher(models_folder(self._settings)))

    def changed(self) -> Register | None:
        """Return the new register, or None without a change or where it cannot be used.

        A fault is logged, and the former models and names stay in use.
        """
        return self.reread() if self.have_changed() else None

    def have_changed(self) -> bool:
        """Return whether models or names have changed since the last question."""
        # Both are asked each time: else a change of both would be taken over twice.
        changed = [file.has_changed() for file in self._files]
        return any(changed)

    def reread(self) -> Register | None:
        """Return the register, or None where it cannot be used; the fault is logged."""
        try:
            register = self.read()
        except (HubError, OSError) as error:
            log.exception("models_invalid", error=str(error), advice="the former ones stay in use")
            return None
        log.info("models_adopted", version=register.matcher.version)
        return register


async def follow_models(followed: FollowedRegister, adopt: Adopt) -> None:
    """Call `adopt` with each new register; never returns. Reading a model takes some 0.3 s."""
    while True:
        await asyncio.sleep(CHECK_EVERY)
        # Two files of this machine: a thread would cost more than the question.
        if followed.have_changed():
            register = await asyncio.to_thread(followed.reread)
            if register is not None:
                adopt(register)
