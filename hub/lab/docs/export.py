"""Writes the documents that are generated from catalogues and models; run by `make docs`."""

import json
import sys
from collections.abc import Iterable, Sequence
from inspect import cleandoc, get_annotations
from pathlib import Path

from hub.cases.openapi import openapi
from hub.intake.openapi import openapi_intake
from hub.lab.docs.glossary.page import glossary_page
from hub.lab.docs.licences import licences
from hub.runtime.metrics import METRICS
from hub.settings import Settings
from hub.settings.base import CommonSettings
from hub.web.problem import PROBLEMS
from schemas.category import CATEGORIES
from schemas.export import documents as schema_documents
from schemas.reports.rejected import REASON_MEANINGS
from schemas.topic import INTAKE_TOPICS, TOPICS, BodyTopic, Topic

LICENCES = "reference/licences.md"
SETTINGS_NOTE = (
    "Every setting is an environment variable. Durations are in seconds and sizes in bytes, unless"
    " the description says otherwise. A limit such as `30/minute` allows 30 in any minute. `hub`"
    " warns at its start of a variable `HUB_…` that is not in this list, and names the nearest"
    " one.\n"
)
NOTE = "Made from the catalogue in the code by `make docs`; edit that, not this.\n"


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown page with one table."""
    lines = [f"# {title}", "", NOTE, "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Return the page of all settings: one section per group, in the order of the modules.

    A group that only puts others together has no section.
    """
    groups = [group for group in reversed(Settings.__mro__) if issubclass(group, CommonSettings)]
    with_own = [group for group in groups if get_annotations(group).keys() & group.model_fields]
    sections = [_settings_section(group) for group in with_own if group is not Settings]
    return "\n".join([f"# Settings 配置\n\n{NOTE}\n{SETTINGS_NOTE}", *sections])


def _settings_section(group: type[CommonSettings]) -> str:
    """Return the section of the settings that a group adds to the groups that it builds on."""
    lines = [
        f"## {group.model_config['title']}",
        "",
        cleandoc(group.__doc__ or "").split("\n\n")[0],
    ]
    lines += ["", "| variable | default | what it sets |", "|---|---|---|"]
    own = get_annotations(group)
    for name, field in group.model_fields.items():
        if name in own:
            default = _shown_default(name, field.get_default(call_default_factory=True))
            lines.append(f"| `HUB_{name.upper()}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def _shown_default(name: str, default: object) -> str:
    if name in ("town", "models"):
        return f"the shipped {name}"
    return f"`{default}`" if str(default) not in ("", "None") else "empty"


def licences_page() -> str:
    """Return the page of the licences of all packages that run with the hub."""
    return table("Licences 许可证", ("package", "licence"), licences().items())


def topics_page() -> str:
    """Return the page of all topics."""
    rows = [
        (
            f"`{topic.name}`",
            topic.key,
            _body_link(topic),
            topic.partitions,
            "compacted" if topic.compacted else "",
            topic.description,
        )
        for topic in (*TOPICS, *INTAKE_TOPICS)
    ]
    head = ("topic", "key", "body", "partitions", "", "what it carries")
    return table("Topics 主题", head, rows)


def _body_link(topic: Topic) -> str:
    if not isinstance(topic, BodyTopic):
        return "the channel's own bytes"
    name = topic.body.__name__
    return f"[{name}](../schemas/{name}.json)"


def errors_page() -> str:
    """Return the page of HTTP problems and rejection reasons."""
    problems = table(
        "Errors 错误码",
        ("code", "status", "meaning"),
        [(f"`{p}`", status, meaning) for p, (status, meaning) in PROBLEMS.items()],
    )
    reasons = table(
        "Reasons of rejection 退件原因",
        ("reason", "meaning"),
        [(f"`{reason}`", meaning) for reason, meaning in REASON_MEANINGS.items()],
    )
    return f"{problems}\n{reasons}"


def metrics_page() -> str:
    """Return the page of all metrics."""
    return table(
        "Metrics 指标",
        ("metric", "kind", "process", "labels", "meaning"),
        [
            (f"`{name}`", metric.kind, metric.process, ", ".join(metric.labels), metric.meaning)
            for name, metric in METRICS.items()
        ],
    )


def categories_page() -> str:
    """Return the page of the category tree."""
    return table(
        "Categories 事项分类",
        ("code", "name", "words that indicate it"),
        [(f"`{c.code}`", c.name, " ".join(c.words)) for c in CATEGORIES.values()],
    )


def documents() -> dict[str, str]:
    """Return file name → text of every generated document under `docs/`, except the licences."""
    return {
        **schema_documents(),
        "openapi.json": json.dumps(openapi(), ensure_ascii=False, indent=2) + "\n",
        "openapi-intake.json": json.dumps(openapi_intake(), ensure_ascii=False, indent=2) + "\n",
        "reference/settings.md": settings_page(),
        "reference/topics.md": topics_page(),
        "reference/errors.md": errors_page(),
        "reference/metrics.md": metrics_page(),
        "reference/categories.md": categories_page(),
        "glossary.md": glossary_page(),
    }


def write(folder: Path) -> list[str]:
    """Write the documents whose text changes; return their names."""
    changed = []
    # Installed packages differ a little between systems, so no test compares the licences page.
    for name, text in {**documents(), LICENCES: licences_page()}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


if __name__ == "__main__":
    for line in write(Path(sys.argv[1])):
        sys.stdout.write(f"{line}\n")
