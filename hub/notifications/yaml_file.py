"""YAML files with secrets 含密钥的配置: read whole, or refused without showing a line of them."""

from pathlib import Path
from typing import Any

import yaml

from hub.runtime.errors import HubError


class YamlFileError(HubError, ValueError):
    """A file cannot be read; the message says which and where, and has nothing of its text."""


def read_yaml(path: Path) -> Any:
    """Return the content of a file; an empty one is {}.

    Raises `YamlFileError`, and `FileNotFoundError` if there is no such file.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise
    except OSError as error:
        raise YamlFileError(f"{path} cannot be read: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise YamlFileError(f"{path}{where}: not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        # Another charset, a control character, a day such as 2026-02-30, or deep nesting.
        raise YamlFileError(f"{path} is not valid YAML in UTF-8") from None
