"""The stream worker 流处理 and the sink 入库: batches of records."""

from pydantic import Field

from hub.settings.kafka import KafkaSettings
from hub.settings.town import TownSettings


class WorkerSettings(KafkaSettings, TownSettings):
    """How many records the worker takes at once."""

    worker_name: str = Field(
        default="",
        description="name of this worker, its own, kept over restarts: it then keeps its partitions"
        " too (static membership); empty: a fresh member each time",
    )
    batch: int = Field(default=2000, description="events a step takes at once")
    linger: float = Field(default=0.1, description="longest wait for a full batch")
    clock_shift: float = Field(
        default=0.0, description="how far the workers' clock is ahead, for drills; 0 in real use"
    )


class SinkSettings(KafkaSettings):
    """How many rows one insert takes."""

    sink_batch: int = Field(default=20_000, description="rows of one insert")
    sink_linger: float = Field(default=0.5, description="longest wait for a full insert")
