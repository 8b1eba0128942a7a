"""Settings of every process 进程: the data folder, addresses, log, health and metrics."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class CommonSettings(BaseModel):
    """The data folder, and what all servers have in common.

    This is the base of all groups. A group has the settings that one package needs, and a function
    takes the group that it needs. `Settings` has all groups as its bases. So a program passes its
    `Settings` to any function, and a test may build a single group. The title of a group and the
    first paragraph of its docstring head its section in docs/reference/settings.md. Durations are
    in seconds and sizes in bytes, unless the description says otherwise.
    """

    model_config = ConfigDict(frozen=True, title="All processes 通用")

    data: Path = Field(
        default=Path("var"), description="folder of everything that the hub stores on disk"
    )
    host: str = Field(default="127.0.0.1", description="address that the servers listen on")
    proxies: int = Field(
        default=0,
        description="reverse proxies in front of the hub whose X-Forwarded-For is trusted",
    )
    metrics_token_file: Path | None = Field(
        default=None,
        description="file with the token that /metrics requires; empty: metrics.token in the data"
        " folder. Without the file, only requests from this machine are answered",
    )


class ProcessSettings(CommonSettings):
    """Log, health port and metrics port of each process."""

    model_config = ConfigDict(title="Log, health and metrics 日志与监控")

    health_port: int = Field(
        default=0,
        description="port of /healthz and /metrics of a process that is started alone; 0: none",
    )
    serve_port: int = Field(default=8804, description="health port of the engine under `hub up`")
    work_port: int = Field(default=8802, description="health port of the worker under `hub up`")
    feedback_port: int = Field(default=8803, description="health port of feedback under `hub up`")
    log_level: str = Field(
        default="info", description="lowest level that is logged: debug, info, warning or error"
    )
    log_json: bool = Field(default=False, description="whether each log line is a JSON object")
