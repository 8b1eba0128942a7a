"""Settings 配置: the one catalogue of all of them, read from `HUB_*` in the environment."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

SHIPPED_TOWN = Path(__file__).parent / "town" / "shipped"
SHIPPED_MODELS = Path(__file__).parent / "town" / "shipped_models"


class KafkaSecurity(StrEnum):
    """How a broker is spoken to; Kafka's own names."""

    PLAINTEXT = "PLAINTEXT"
    SSL = "SSL"
    SASL_PLAINTEXT = "SASL_PLAINTEXT"
    SASL_SSL = "SASL_SSL"

    @property
    def has_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self in (KafkaSecurity.SSL, KafkaSecurity.SASL_SSL)

    @property
    def has_sasl(self) -> bool:
        """Whether we prove who we are by a password."""
        return self in (KafkaSecurity.SASL_PLAINTEXT, KafkaSecurity.SASL_SSL)


class Suite(StrEnum):
    """Which cipher seals; what one has sealed opens whichever is set now."""

    AES = "aes"
    """AES-256-GCM"""
    SM4 = "sm4"
    """国密 SM4-GCM, GB/T 32907-2016"""


class PublicView(StrEnum):
    """What the overview shows to whoever has not logged in."""

    NOTHING = "nothing"
    """the log-in page"""
    FIGURES = "figures"
    """counts of the county and its areas; no words, no cases"""


class WallMode(StrEnum):
    """What the engine's process does where the kernel has no Landlock."""

    AUTO = "auto"
    """It starts without, and warns."""
    REQUIRED = "required"
    """It does not start."""


class Settings(BaseSettings):
    """Every setting. Durations in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True)

    data: Path = Field(default=Path("var"), description="folder of all that is kept on disk")
    town: Path = Field(default=SHIPPED_TOWN, description="folder of the base registers")
    models: Path = Field(
        default=SHIPPED_MODELS, description="folder of the learnt weights; an empty one: defaults"
    )
    host: str = Field(default="127.0.0.1", description="address that servers listen on")
    intake_port: int = Field(default=8801, description="port of the intake (HTTP)")
    mutual_port: int = Field(default=0, description="port where pushes come by mutual TLS; 0: none")
    mutual_cert: Path | None = Field(default=None, description="the intake's certificate there")
    mutual_key: Path | None = Field(default=None, description="its private key")
    mutual_ca: Path | None = Field(
        default=None, description="authority of the channels' certificates"
    )
    mutual_for: str = Field(
        default="", description="channels that are taken with their certificate only, by commas"
    )
    overview_port: int = Field(default=8800, description="port of the overview page")
    sql_port: int = Field(default=8123, description="port of the read-only SQL endpoint")
    store_port: int = Field(
        default=8124,
        description="port of the engine for the hub's own processes, on 127.0.0.1 always",
    )
    wall: WallMode = Field(
        default=WallMode.AUTO,
        description="auto: warn where the kernel cannot close files to the engine; required: do not"
        " start then",
    )
    wall_ports: str = Field(
        default="",
        description="ports that the engine may connect to, by commas; empty: the embedded broker's,"
        " with HUB_KAFKA any",
    )
    sql_seconds: int = Field(default=30, description="how long one query of the staff may take")
    sql_rows: int = Field(
        default=1_000_000, description="rows that one query of the staff may give"
    )
    sql_memory: int = Field(
        default=2 * 1024**3, description="memory that one query of the staff may take"
    )
    health_port: int = Field(
        default=0, description="port of /healthz and /metrics of any process; 0: none"
    )
    metrics_token_file: Path | None = Field(
        default=None,
        description="file of the token that /metrics asks for; empty: metrics.token in the data"
        " folder. Without the file only this machine is answered",
    )
    serve_port: int = Field(default=8804, description="the same of the engine under hub up")
    work_port: int = Field(default=8802, description="the same of the worker under hub up")
    feedback_port: int = Field(default=8803, description="the same of feedback under hub up")
    kafka: str = Field(default="", description="bootstrap servers; empty: the embedded broker")
    kafka_security: KafkaSecurity = Field(
        default=KafkaSecurity.PLAINTEXT, description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )
    kafka_ca: Path | None = Field(
        default=None,
        description="certificates that the brokers' are checked by; empty: the system's",
    )
    kafka_cert: Path | None = Field(default=None, description="our certificate, for mutual TLS")
    kafka_cert_key: Path | None = Field(default=None, description="its private key")
    kafka_sasl: str = Field(
        default="SCRAM-SHA-512", description="SASL mechanism: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"
    )
    kafka_user: str = Field(default="", description="our name at the brokers")
    kafka_password_file: Path | None = Field(default=None, description="file of our password there")
    broker_port: int = Field(default=19092, description="port of the embedded broker")
    broker_bin: str = Field(default="", description="another embedded broker binary")
    clickhouse: str = Field(
        default="", description="ClickHouse URL http://user:password@host:8123/db; empty: chDB"
    )
    clickhouse_replicated: bool = Field(
        default=False,
        description="whether its database is of engine Replicated: tables are kept by all replicas",
    )
    store_url: str = Field(
        default="", description="SQL endpoint that other processes read; empty: ours"
    )
    key_file: Path | None = Field(
        default=None, description="32-byte key that seals personal data; empty: in the data folder"
    )
    seal_with: Suite = Field(default=Suite.AES, description="cipher that seals: aes, or sm4 国密")
    secrets_file: Path | None = Field(
        default=None, description="YAML of channel credentials; empty: in the data folder"
    )
    max_body: int = Field(default=32 * 1024 * 1024, description="largest message accepted")
    max_receiving: int = Field(
        default=512 * 1024 * 1024,
        description="bytes of bodies that are held at once; senders who have proved nothing before"
        " their body share a half of it, one address a quarter",
    )
    max_bodies: int = Field(
        default=256, description="bodies under way at once; then the slowest is ended"
    )
    max_bodies_per_address: int = Field(default=64, description="the same of one address")
    max_connections: int = Field(
        default=512, description="open connections to the intake; then an idle one is closed"
    )
    max_connections_per_address: int = Field(
        default=128,
        description="the same of one address; not counted behind reverse proxies",
    )
    idle_seconds: float = Field(
        default=75.0,
        description="after which a connection to the intake without a whole request is closed",
    )
    body_seconds: float = Field(default=60.0, description="time in which a body must have come")
    body_grace: float = Field(
        default=5.0, description="time after which a body must come at HUB_BODY_RATE"
    )
    body_rate: int = Field(
        default=4096, description="bytes per second below which a sender is ended"
    )
    replay_window: int = Field(default=300, description="how old a signed request may be")
    journal_keep: int = Field(default=30 * 86400, description="age at which a settled entry goes")
    journal_max: int = Field(default=20 * 1024**3, description="size at which the intake says 503")
    keep_files: int = Field(
        default=30,
        description="days after which files in drop/*/done and drop/*/rejected, and mails in"
        " maildir/cur, are deleted; 0: never",
    )
    worker_name: str = Field(
        default="",
        description="name of this worker, its own, kept over restarts: it then keeps its partitions"
        " too (static membership); empty: a fresh member each time",
    )
    batch: int = Field(default=2000, description="events a step takes at once")
    linger: float = Field(default=0.1, description="longest wait for a full batch")
    sink_batch: int = Field(default=20_000, description="rows of one insert")
    sink_linger: float = Field(default=0.5, description="longest wait for a full insert")
    poll_every: float = Field(default=5.0, description="pause between two polls of a source")
    leader_board_url: str = Field(default="", description="API of the leader message board")
    environment_url: SecretStr = Field(
        default=SecretStr(""), description="SQLAlchemy URL of the 12369 database"
    )
    imap_url: SecretStr = Field(default=SecretStr(""), description="imaps://user:password@host/")
    feedback_file: Path | None = Field(
        default=None, description="YAML of where each channel is told; empty: in the data folder"
    )
    feedback_every: float = Field(default=60.0, description="pause between two return files")
    feedback_retry: float = Field(default=5.0, description="first pause before telling again")
    smtp_url: SecretStr = Field(
        default=SecretStr(""), description="smtp:// or smtps://user:password@host:port"
    )
    duties_every: float = Field(
        default=600.0, description="pause between two looks at what patrols and visits are over"
    )
    parts_every: float = Field(
        default=30.0, description="pause between two looks at what the engine has merged"
    )
    public_url: str = Field(
        default="", description="address under which citizens reach the tracking page"
    )
    tracking_limit: str = Field(
        default="30/minute", description="how often one address may ask for progress"
    )
    open311_limit: str = Field(
        default="60/minute", description="how often one address may ask for lists of Open311"
    )
    public: PublicView = Field(
        default=PublicView.NOTHING,
        description="what the overview shows without log-in: nothing, or figures of the county and"
        " its areas",
    )
    scopes_limit: str = Field(
        default="60/minute",
        description="for how many areas one viewer may have figures worked out that nobody has"
        " asked for lately",
    )
    scopes_kept: int = Field(
        default=256, ge=1, description="roles and areas whose figures the overview keeps in memory"
    )
    scopes_at_once: int = Field(
        default=2, ge=1, description="roles and areas whose figures are worked out at once"
    )
    listeners: int = Field(
        default=400, ge=1, description="pages that may listen to live figures at once"
    )
    listeners_each: int = Field(
        default=10,
        ge=1,
        description="how many of them may be of one member of the staff, or of one address",
    )
    login_limit: str = Field(
        default="10/15minute",
        description="how often one name may fail to log in from one address, on the page or by SQL",
    )
    login_limit_address: str = Field(
        default="100/15minute", description="how often one address may, over all names"
    )
    login_limit_name: str = Field(
        default="60/hour",
        description="how often one name may, over all addresses; where it has logged in before,"
        " only the first limit holds",
    )
    session_hours: float = Field(default=12.0, description="hours after which staff log in again")
    session_idle_minutes: float = Field(
        default=60.0, description="minutes without a request after which a session ends; 0: never"
    )
    overview_url: str = Field(
        default="", description="address under which staff reach the overview; needed by OIDC"
    )
    oidc_issuer: str = Field(
        default="", description="OpenID Connect issuer that staff log in with; empty: none"
    )
    oidc_client: str = Field(default="", description="client id of the overview there")
    oidc_secret_file: Path | None = Field(default=None, description="file of the client's secret")
    oidc_role_claim: str = Field(default="hub_role", description="claim that tells the role")
    oidc_unit_claim: str = Field(default="hub_unit", description="claim that tells the unit")
    proxies: int = Field(
        default=0, description="reverse proxies before the intake, whose X-Forwarded-For is trusted"
    )
    keep_contacts: int = Field(
        default=1095, description="days after which sealed contact details go; 0: never"
    )
    keep_audit: int = Field(default=1825, description="days that the audit is kept; 0: for ever")
    keep_rows: int = Field(
        default=3650, description="days that events and finished cases are kept; 0: for ever"
    )
    clock_shift: float = Field(
        default=0.0, description="how far the workers' clock is ahead, for drills; 0 in real use"
    )
    log_level: str = Field(default="info", description="debug, info, warning, error")
    log_json: bool = Field(default=False, description="log lines as JSON")

    @property
    def mutual_channels(self) -> frozenset[str]:
        """Channels that must show a certificate of their own."""
        return frozenset(filter(None, (one.strip() for one in self.mutual_for.split(","))))

    @property
    def bootstrap(self) -> str:
        """Kafka bootstrap servers, embedded or not."""
        return self.kafka or f"127.0.0.1:{self.broker_port}"

    @property
    def kafka_password(self) -> str:
        """Our password at the brokers; raises `OSError` where its file cannot be read."""
        file = self.kafka_password_file
        return file.read_text(encoding="utf-8").strip() if file else ""

    @property
    def embedded_broker(self) -> bool:
        """Whether `hub up` starts the broker itself."""
        return not self.kafka

    @property
    def replication(self) -> int:
        """Replicas of a topic: one on the embedded broker, the cluster's own default elsewhere."""
        return 1 if self.embedded_broker else -1

    @property
    def sql_endpoint(self) -> str:
        """URL of the endpoint that other processes read the store by."""
        return self.store_url or self.clickhouse or f"http://127.0.0.1:{self.store_port}/"

    @property
    def own_sql_endpoint(self) -> bool:
        """Whether that is the engine's own, where the hub's processes have a token."""
        return not (self.store_url or self.clickhouse)

    @property
    def sql_token(self) -> Path:
        """File of that token."""
        return self.data / "sql.token"

    @property
    def engine_scratch(self) -> Path:
        """Folder of what the embedded engine writes for a moment; emptied at each start."""
        return self.data / "engine.tmp"
