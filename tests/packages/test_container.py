"""The Containerfile keeps the usual rules of images, and copies what exists."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from hub.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Containerfile").read_text(encoding="utf-8")


def instructions(name: str) -> list[str]:
    """Return the arguments of every instruction of a name, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", TEXT))
    return re.findall(rf"(?m)^{name} (.*)$", joined)


def copied() -> set[str]:
    """Return the files and folders of the repository that the image is built from."""
    own = (words for words in map(shlex.split, instructions("COPY")) if "--from" not in words[0])
    return {source for words in own for source in words[:-1]}


def test_each_stage_starts_from_a_pinned_image_with_its_registry() -> None:
    """A short name would be searched for in the registries that the machine happens to list."""
    stages = [words.split()[0] for words in instructions("FROM")]
    assert len(stages) == 2
    assert all(re.fullmatch(r"[\w.]+/[\w/]+:\d+\.\d+-[\w-]+", image) for image in stages)


def test_the_image_runs_as_an_unprivileged_user_and_stops_on_signals() -> None:
    """A numeric user lets Kubernetes check it; a shell as first process would keep the signal."""
    assert instructions("USER") == ["10001:10001"]
    assert json.loads(instructions("CMD")[0]) == ["hub", "up"]
    assert TEXT.index("\nUSER ") < TEXT.index("\nCMD ")
    assert not instructions("ADD")
    assert not re.search(r"sudo|curl |wget |apt-get|--trusted-host|\|\s*sh", TEXT)


def test_packages_are_pinned_with_hashes_and_leave_no_cache() -> None:
    """Only the wheel that this stage has built itself is installed without a hash."""
    lines = [line for run in instructions("RUN") for line in run.split("&&")]
    for line in lines:
        if "pip install" in line:
            assert "--no-cache-dir" in line
            assert "--require-hashes" in line or ("--no-deps" in line and "/dist/" in line)


def test_all_that_is_copied_exists_and_is_sent_to_the_builder() -> None:
    """The ignore files let through exactly what COPY names, for Podman and for Docker."""
    assert {name for name in copied() if not (ROOT / name).exists()} == set()
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8")
    assert ignored == (ROOT / ".dockerignore").read_text(encoding="utf-8")
    assert {line[1:] for line in ignored.splitlines() if line.startswith("!")} == copied()


def test_its_variables_are_settings_of_the_hub() -> None:
    """A variable that no setting reads would be without effect."""
    names = set(re.findall(r"\b(HUB_\w+)=", TEXT))
    assert names
    assert names <= {f"HUB_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("service", ["intake", "work", "sink", "overview", "feedback"])
def test_the_compose_file_builds_this_image(service: str) -> None:
    """Compose and Kubernetes run the same image."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    assert services[service]["build"] == {"context": ".", "dockerfile": "Containerfile"}
    assert services[service]["image"] == "minqing-hub:0.1.0"
