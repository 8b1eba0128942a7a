"""`hub work`: runs the Faust application as a worker process."""

from datetime import UTC, datetime
from functools import partial

import faust

from hub.health import BEAT_EVERY, watched
from hub.log import set_up_logging
from hub.restore import restore
from hub.settings import Settings
from hub.topics import ensure_topics
from hub.town_files import load_town
from streams.app import WorkerConfig, make_app
from streams.register import Register


def run(settings: Settings) -> None:
    """Run until Ctrl-C or TERM; Faust commits what it has finished before it ends."""
    set_up_logging(settings, "work")
    ensure_topics(settings)
    register = Register.of(load_town(settings.town))
    data_dir = settings.data / "faust"
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = WorkerConfig(
        bootstrap=settings.bootstrap,
        batch=settings.batch,
        linger=settings.linger,
        data_dir=str(data_dir),
    )
    restored = partial(restore, settings.bootstrap)
    app = make_app(config, register, restored, lambda: datetime.now(UTC))
    with watched(settings) as pulse:

        async def beat() -> None:
            pulse.beat()

        app.timer(BEAT_EVERY)(beat)
        faust.Worker(app, loglevel="WARNING", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    run(Settings())
