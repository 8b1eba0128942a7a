"""Finds the installed connectors by entry point: a new channel edits nothing here."""

from importlib.metadata import entry_points

from connectors.contract import Connector

GROUP = "minqing_hub.connectors"


def load_connectors() -> dict[str, Connector]:
    """Return every installed connector by its channel's name."""
    connectors: dict[str, Connector] = {}
    for entry in entry_points(group=GROUP):
        connector = entry.load()
        if not isinstance(connector, Connector) or connector.channel != entry.name:
            raise TypeError(f"entry point {GROUP}:{entry.name} is not the connector of that name")
        connectors[entry.name] = connector
    return connectors
