"""`hub up`: the whole hub on one machine 一键启动, as child processes under one supervisor."""

from hub.backup.folders_in_use import remember_folders
from hub.broker.ports import check_ports
from hub.processes.supervisor import Supervisor, required_ports
from hub.runtime.lock import LOCK_NAMES, AlreadyRunningError, acquire_lock, lock_holder
from hub.settings import Settings
from hub.town.check import require_valid_town


async def up(settings: Settings) -> None:
    """Run the whole hub until Ctrl-C or SIGTERM.

    Raises `TownError`, `AlreadyRunningError` and `PortTakenError` before anything starts.
    """
    require_valid_town(settings.town)
    lock = acquire_lock(settings.data, "hub")
    try:
        for name in LOCK_NAMES[1:]:
            # A program that was started alone would be started a second time.
            process = lock_holder(settings.data, name)
            if process:
                raise AlreadyRunningError(
                    f"{name} runs already on {settings.data}: {process}; stop it first"
                )
        check_ports(required_ports(settings))
        remember_folders(settings)
        await Supervisor(settings).run()
    finally:
        if lock:
            lock.close()
