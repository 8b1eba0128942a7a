"""What every process needs 进程: the data folder, addresses, log, health and metrics."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class CommonSettings(BaseModel):
    """The root of all groups: the data folder, and the address of every server.

    A group is what one package needs. A function asks for the group that it needs. `Settings` is
    all groups in one object, so a program hands it on as it is, and a test may build one group.
    Durations in seconds, sizes in bytes.
    """

    model_config = ConfigDict(frozen=True)

    data: Path = Field(default=Path("var"), description="folder of all that is kept on disk")
    host: str = Field(default="127.0.0.1", description="address that servers listen on")
    proxies: int = Field(
        default=0, description="reverse proxies before the intake, whose X-Forwarded-For is trusted"
    )
    metrics_token_file: Path | None = Field(
        default=None,
        description="file of the token that /metrics asks for; empty: metrics.token in the data"
        " folder. Without the file only this machine is answered",
    )


class ProcessSettings(CommonSettings):
    """Log, health and metrics of one process."""

    health_port: int = Field(
        default=0, description="port of /healthz and /metrics of any process; 0: none"
    )
    serve_port: int = Field(default=8804, description="the same of the engine under hub up")
    work_port: int = Field(default=8802, description="the same of the worker under hub up")
    feedback_port: int = Field(default=8803, description="the same of feedback under hub up")
    log_level: str = Field(default="info", description="debug, info, warning, error")
    log_json: bool = Field(default=False, description="log lines as JSON")
