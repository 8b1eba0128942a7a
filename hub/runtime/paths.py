"""Names of everything under `HUB_DATA` 数据目录: each file or folder is named in this module only.

Settings may put some files elsewhere (`HUB_KEY_FILE`, `HUB_SECRETS_FILE`, `HUB_FEEDBACK_FILE`,
`HUB_METRICS_TOKEN_FILE`); the functions that read these settings are in the packages that own the
files.
"""

from dataclasses import dataclass
from pathlib import Path

FROZEN = "hub_backup"
"""Name under which the engine freezes its tables for a backup."""


@dataclass(frozen=True, slots=True)
class DataPaths:
    """Paths of one data folder; nothing is created or read."""

    data: Path

    def lock(self, name: str) -> Path:
        """Lock file of a program; see `hub.runtime.lock`."""
        return self.data / f"{name}.lock"

    # Keys and tokens

    @property
    def seal_key(self) -> Path:
        """Keys that seal personal data, unless `HUB_KEY_FILE` is set."""
        return self.data / "seal.key"

    @property
    def oidc_key(self) -> Path:
        """Key that seals the state of a log-in at the identity provider."""
        return self.data / "oidc.key"

    @property
    def session_key(self) -> Path:
        """Key of sessions of earlier versions; not read any more, still closed to the engine."""
        return self.data / "session.key"

    @property
    def sql_token(self) -> Path:
        """Password of the hub's own processes at the embedded engine."""
        return self.data / "sql.token"

    @property
    def metrics_token(self) -> Path:
        """Token for `/metrics`, unless `HUB_METRICS_TOKEN_FILE` is set."""
        return self.data / "metrics.token"

    # Accounts, credentials and addresses

    @property
    def staff(self) -> Path:
        """Staff with their roles and password hashes."""
        return self.data / "staff.yaml"

    @property
    def callers(self) -> Path:
        """Programs that may send commands, with the hashes of their tokens."""
        return self.data / "callers.yaml"

    @property
    def province_readers(self) -> Path:
        """Programs that may read the city's figures, with the hashes of their tokens."""
        return self.data / "province.yaml"

    @property
    def cities(self) -> Path:
        """The cities that a province reads, unless `HUB_PROVINCE_CITIES` is set."""
        return self.data / "cities.csv"

    @property
    def secrets(self) -> Path:
        """Credentials of the channels, unless `HUB_SECRETS_FILE` is set."""
        return self.data / "secrets.yaml"

    @property
    def feedback_addresses(self) -> Path:
        """Addresses of the channels' receivers, unless `HUB_FEEDBACK_FILE` is set."""
        return self.data / "feedback.yaml"

    @property
    def webhooks(self) -> Path:
        """Subscriptions of webhooks, with their secrets."""
        return self.data / "webhooks.yaml"

    @property
    def notices(self) -> Path:
        """Receivers and rules of notices, with the keys of robots."""
        return self.data / "notices.yaml"

    # Small databases, each of one process

    @property
    def sessions(self) -> Path:
        """Sessions of the staff (SQLite)."""
        return self.data / "sessions.db"

    @property
    def journal(self) -> Path:
        """Journal of raw messages (SQLite)."""
        return self.data / "journal.db"

    @property
    def outbox(self) -> Path:
        """Feedback that waits for delivery (SQLite)."""
        return self.data / "feedback.db"

    @property
    def webhook_queue(self) -> Path:
        """Messages of webhooks that wait, and those of the last days (SQLite)."""
        return self.data / "webhooks.db"

    @property
    def notice_queue(self) -> Path:
        """Notices that wait, and reminders (SQLite)."""
        return self.data / "notices.db"

    @property
    def redo_log(self) -> Path:
        """Redo log of the worker at the embedded broker (SQLite)."""
        return self.data / "work.db"

    # Folders

    @property
    def drop(self) -> Path:
        """Folder where channels drop files, one sub-folder per channel."""
        return self.data / "drop"

    @property
    def maildir(self) -> Path:
        """Maildir of incoming mail."""
        return self.data / "maildir"

    @property
    def return_files(self) -> Path:
        """Folder of return files for channels that fetch feedback, one sub-folder per channel."""
        return self.data / "outbox"

    @property
    def digests(self) -> Path:
        """Folder of digests."""
        return self.data / "digests"

    @property
    def photos(self) -> Path:
        """Folder of the photos that grid workers have sent, a sub-folder a day."""
        return self.data / "photos"

    @property
    def city_months(self) -> Path:
        """Return the folder with the months of the cities that a province has read."""
        return self.data / "city_months"

    @property
    def city_figures(self) -> Path:
        """Folder of the last figures that a province has read, a file for each city."""
        return self.data / "city_figures"

    @property
    def models(self) -> Path:
        """Folder of the versions of the learnt models, and which one is in use."""
        return self.data / "models"

    @property
    def learning(self) -> Path:
        """Folder of the decisions that `hub learn` learns from; masked, readable by the owner."""
        return self.data / "learning"

    @property
    def place_names(self) -> Path:
        """Place names that a person has accepted or refused."""
        return self.data / "place_names.csv"

    @property
    def frozen(self) -> Path:
        """Folder of hard links to the parts of the store that a backup copies; deleted after it."""
        return self.clickhouse / "shadow" / FROZEN

    @property
    def restored_town(self) -> Path:
        """Folder of the town's files that `hub restore` has put here."""
        return self.data / "restored_town"

    @property
    def restored_models(self) -> Path:
        """Folder of the files of `HUB_MODELS` that `hub restore` has put here."""
        return self.data / "restored_models"

    @property
    def unfinished_restore(self) -> Path:
        """Folder of a restore that has not ended; no process of the hub starts beside it."""
        return self.data / "restore.unfinished"

    @property
    def folders_in_use(self) -> Path:
        """The folders of `HUB_TOWN` and `HUB_MODELS` with which the hub was last started (JSON)."""
        return self.data / "folders_in_use.json"

    @property
    def faust(self) -> Path:
        """Working folder of Faust."""
        return self.data / "faust"

    @property
    def clickhouse(self) -> Path:
        """Folder of the embedded engine's store."""
        return self.data / "clickhouse"

    @property
    def engine_scratch(self) -> Path:
        """Folder of the embedded engine's temporary files; emptied at each start."""
        return self.data / "engine.tmp"

    @property
    def wakeups(self) -> Path:
        """Folder of the pipes by which producers wake the readers of the embedded broker."""
        return self.data / "wakeups"

    @property
    def closed_to_engine(self) -> tuple[Path, ...]:
        """Return what the engine's process must not open, existing or not.

        The wall closes the whole data folder but `clickhouse` and `engine_scratch`; these are the
        paths that the process tries, to prove it.
        """
        keys = (self.session_key, self.sessions, self.seal_key, self.oidc_key, self.sql_token)
        lists = (self.metrics_token, self.staff, self.callers, self.secrets)
        databases = (self.journal, self.outbox, self.redo_log)
        notifications = (self.webhook_queue, self.notice_queue, self.webhooks, self.notices)
        taken = (self.drop, self.maildir, self.return_files, self.photos)
        folders = (*taken, self.models, self.learning)
        files = (self.feedback_addresses, self.place_names, self.province_readers, self.cities)
        return (*keys, *lists, *databases, *notifications, *folders, *files)
