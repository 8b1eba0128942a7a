"""`hub up`: the whole hub on one machine 一键启动, as child processes under one supervisor."""

from hub.broker.ports import PortTakenError, check_ports
from hub.processes.supervisor import Supervisor, required_ports
from hub.runtime.lock import LOCK_NAMES, AlreadyRunningError, acquire_lock, lock_holder
from hub.settings import Settings


async def up(settings: Settings) -> None:
    """Run the whole hub until Ctrl-C or TERM.

    Raises `AlreadyRunningError` and `PortTakenError` before anything starts.
    """
    lock = acquire_lock(settings.data, "hub")
    try:
        for name in LOCK_NAMES[1:]:
            # One that was started by itself would be started a second time.
            held_by = lock_holder(settings.data, name)
            if held_by:
                raise AlreadyRunningError(
                    f"{name} runs already on {settings.data}: {held_by}; stop it first"
                )
        check_ports(required_ports(settings))
        await Supervisor(settings).run()
    finally:
        if lock:
            lock.close()


__all__ = ["PortTakenError", "up"]
