"""Reads YAML with line numbers, so that an error in a rules file can name its line."""

from pathlib import Path
from typing import Any

import yaml

from hub.runtime.errors import HubError


class YamlError(HubError, ValueError):
    """A file is not valid YAML; the message has file and line."""


class LinedMap(dict[str, Any]):
    """A mapping that knows the line on which it begins."""

    line: int = 0


class _Loader(yaml.SafeLoader):
    """Safe loader: no tags that create Python objects."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Any:
    mapping = LinedMap()
    mapping.line = node.start_mark.line + 1
    yield mapping
    mapping.update({str(key): value for key, value in loader.construct_mapping(node).items()})


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file; raises `YamlError` with file and line."""
    return parse_yaml(path, path.read_bytes())


def read_spelled(path: Path) -> Any:
    """Return the same with each value as the text that the file writes: 01, yes, 2026-01-01."""
    return _loaded(path, path.read_bytes(), yaml.BaseLoader)


def parse_yaml(path: Path, content: bytes) -> Any:
    """Return the value of the YAML text `content`; `path` names its file in a `YamlError`."""
    return _loaded(path, content, _Loader)


def _loaded(path: Path, content: bytes, loader: type[yaml.SafeLoader | yaml.BaseLoader]) -> Any:
    try:
        return yaml.load(content.decode("utf-8-sig"), loader)  # noqa: S506
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise YamlError(f"{path}, line {line}: it is not in UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlError(f"{path}, line {line}: {error.problem}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        # A control character, deep nesting, or a date such as 2026-02-30.
        raise YamlError(f"{path}, line 1: no YAML: {error}") from error


def line_of(entry: Any) -> int:
    """Return the line of a mapping from `read_yaml` or `parse_yaml`; 1 for any other value."""
    return entry.line if isinstance(entry, LinedMap) else 1
