"""`hub reroute` 换路由: opens the store and moves the cases of a cluster, once after a change."""

from kafka.errors import KafkaError

from hub.broker.producer import no_broker
from hub.recovery.reroute import reroute
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.client import open_store


def reroute_cases(settings: Settings, before: int | None) -> str:
    """Move the cases to the partitions of their cities; return a sentence. Raises `HubError`.

    `before` is the former number of partitions; None: as many as today.
    """
    if settings.embedded_broker:
        raise HubError(
            "the embedded broker is filled from the store at each start, by city and in as many"
            " partitions as HUB_PARTITIONS says: nothing to do"
        )
    if before is not None and before > settings.partitions:
        raise HubError(
            f"HUB_PARTITIONS is {settings.partitions}, but there were {before}: partitions can be"
            " added, and never taken away"
        )
    store = open_store(settings)
    try:
        count = reroute(store, settings, before or settings.partitions)
    except KafkaError as error:
        raise HubError(no_broker(settings, error)) from error
    finally:
        store.close()
    return f"{count} cases are in the partition of their city now"
