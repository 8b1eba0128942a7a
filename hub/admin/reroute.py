"""`hub reroute` 换路由: opens the store and moves the cases of a cluster, once after an upgrade."""

from kafka.errors import KafkaError

from hub.broker.producer import no_broker
from hub.recovery.reroute import reroute
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.store.client import open_store


def reroute_cases(settings: Settings) -> str:
    """Move the cases to the partitions of their cities; return a sentence. Raises `HubError`."""
    if settings.embedded_broker:
        raise HubError(
            "the embedded broker is filled from the store at each start, by city: nothing to do"
        )
    store = open_store(settings)
    try:
        count = reroute(store, settings)
    except KafkaError as error:
        raise HubError(no_broker(settings, error)) from error
    finally:
        store.close()
    return f"{count} cases are in the partition of their city now"
