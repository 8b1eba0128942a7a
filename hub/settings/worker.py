"""Settings of the stream worker 流处理 and of the sink 入库."""

from pydantic import ConfigDict, Field

from hub.settings.kafka import KafkaSettings
from hub.settings.town import TownSettings


class WorkerSettings(KafkaSettings, TownSettings):
    """Name and batches of a stream worker."""

    model_config = ConfigDict(title="Worker 流处理")

    worker_name: str = Field(
        default="",
        description="unique name of this worker for static membership: it keeps its partitions over"
        " a restart; empty: a new member at each start",
    )
    batch: int = Field(default=2000, description="most events of one batch")
    linger: float = Field(
        default=0.2, description="least time between the starts of two batches that are not full"
    )
    clock_shift: float = Field(
        default=0.0,
        description="seconds by which the worker's clock is ahead, for drills; 0 in production",
    )


class SinkSettings(KafkaSettings):
    """Batches of the sink."""

    model_config = ConfigDict(title="Sink 入库")

    sink_batch: int = Field(default=20_000, description="most rows of one insert")
    sink_linger: float = Field(default=0.5, description="longest wait for a full insert")
