"""The field mappings 字段映射 of a city: `mappings/CHANNEL.yaml` in the folder of the town."""

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from connectors.contract import Connector
from connectors.mapping.field_mapping import MAPPED, FieldMapping, MappingError, mapped_connector
from connectors.registry import load_connectors
from hub.town.town_file import TownError
from hub.town.yaml_lines import YamlError, read_spelled, read_yaml

FOLDER = "mappings"
ENTRIES = ("items", "fields", "values")


def mapped_connectors(town: Path) -> dict[str, Connector]:
    """Return every installed connector, those with a mapping of the town through it.

    Raises `TownError`.
    """
    mappings = load_mappings(town)
    return {
        channel: mapped_connector(connector, mappings[channel])
        if channel in mappings
        else connector
        for channel, connector in load_connectors().items()
    }


def mapping_files(town: Path) -> list[Path]:
    """Return the files of mappings of a town, sorted; all but plain files are left out."""
    folder = town / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return []
    return sorted(
        path for path in folder.glob("*.yaml") if path.is_file() and not path.is_symlink()
    )


def unread_files(town: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each entry of the folder of mappings that is not used, and why."""
    folder = town / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        if folder.exists():
            yield FOLDER, "it is not read: it is no folder"
        return
    used = set(mapping_files(town))
    for path in sorted(folder.iterdir()):
        if path in used or path.name.startswith("."):
            continue
        if path.suffix != ".yaml":
            yield f"{FOLDER}/{path.name}", f"it is not read; its name must be {path.stem}.yaml"
        else:
            yield f"{FOLDER}/{path.name}", "it is not read: it is a link or no plain file"


def load_mappings(town: Path) -> dict[str, FieldMapping]:
    """Return the mappings of a town by channel; raises `TownError` with file and field."""
    return {path.stem: load_mapping(path) for path in mapping_files(town)}


def load_mapping(path: Path) -> FieldMapping:
    """Return the mapping of a file, whose name is its channel; raises `TownError`."""
    if path.stem not in set(MAPPED):
        near = get_close_matches(path.stem, [str(channel) for channel in MAPPED], n=1)
        advice = f"did you mean {near[0]}.yaml?" if near else f"these can: {', '.join(MAPPED)}"
        raise TownError(f"{path}, line 1: {path.stem} can have no mapping; {advice}")
    try:
        content, spelled = read_yaml(path), read_spelled(path)
    except (YamlError, OSError) as error:
        raise TownError(str(error)) from error
    if not isinstance(content, dict) or not isinstance(content.get("fields"), dict):
        raise TownError(f"{path}, line 1: expected a mapping with fields")
    if odd := sorted(set(content) - set(ENTRIES)):
        raise TownError(f"{path}, line 1: {odd[0]} is none of {', '.join(ENTRIES)}")
    try:
        return FieldMapping(
            fields=_texts(content["fields"], "fields"),
            items=str(content.get("items") or ""),
            values=_words(content.get("values") or {}, spelled.get("values") or {}),
        )
    except MappingError as error:
        raise TownError(f"{path}, line 1: {error}") from error


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise MappingError(f"{name} must be a mapping")
    return value


def _words(value: Any, spelled: Any) -> dict[str, dict[str, str]]:
    """Return the words of each field as the file writes them: `01` is not 1, and `yes` is a word.

    `value` is the same with the types of YAML, which tell an empty entry from a text.
    """
    for name, words in _mapping(value, "values").items():
        for word, text in _mapping(words, f"values.{name}").items():
            if not isinstance(text, str | int | float | date):
                raise MappingError(f"values.{name}.{word} must be a text; put it in quotes")
    return {str(name): dict(words) for name, words in spelled.items()}


def _texts(value: Any, name: str) -> dict[str, str]:
    entries = _mapping(value, name)
    for key, text in entries.items():
        if not isinstance(text, str | int | float) or isinstance(text, bool):
            raise MappingError(f"{name}.{key} must be a text; put it in quotes")
    return {key: str(text) for key, text in entries.items()}
