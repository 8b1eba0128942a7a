"""`python -m hub.lab.province.city` 演示城市: what a city needs to publish its figures.

These are broker, store and overview. Without intake, worker and feedback three cities fit on a
small machine; their cases are those of the weeks before the demo.
"""

import asyncio

from hub.processes.supervisor import Supervisor
from hub.settings import Settings

NEEDED = ("broker", "serve", "overview")


def main() -> None:
    """Run the processes with the settings of the environment."""
    supervisor = Supervisor(Settings())
    supervisor.children = [child for child in supervisor.children if child.name in NEEDED]
    asyncio.run(supervisor.run())


if __name__ == "__main__":
    main()
