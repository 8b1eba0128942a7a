"""Prepares the store 启动准备: what `hub serve` and `hub sink` do before the first insert."""

from datetime import UTC, datetime

import structlog

from hub.broker.log_mark import log_id, mark_republished
from hub.broker.topics import ensure_topics
from hub.recovery.republish import republish
from hub.settings import Settings
from hub.store.client import Store, open_store
from hub.store.migrate import migrate
from hub.store.registers import store_registers
from hub.store.retention import set_retention
from hub.town.patrols import load_patrols
from hub.town.registers import load_town

log = structlog.get_logger()


def prepare_store(settings: Settings) -> Store:
    """Open and migrate the store, fill in the registers, create the topics, republish cases.

    The last step is for an embedded broker only, whose log is empty after its restart.
    """
    store = open_store(settings)
    migrate(store)
    for change in set_retention(store, settings):
        log.info("retention_set", change=change)
    town, patrols = load_town(settings.town), load_patrols(settings.town)
    store_registers(store, town, patrols, datetime.now(UTC))
    ensure_topics(settings)
    if settings.embedded_broker and not log_id(settings):
        cases, dispositions = republish(store, settings)
        mark_republished(settings)
        log.info("republished", cases=cases, dispositions=dispositions)
    return store
