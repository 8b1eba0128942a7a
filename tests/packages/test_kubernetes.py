"""The manifests of deploy/kubernetes fit the schemas of Kubernetes, and the hub."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from hub.cli.main import cli
from hub.settings import Settings

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
VERSIONS = ("1.30", "1.37")
"""The oldest that this page of the documents names, and the newest that the schemas know."""


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every manifest with a name for messages."""
    for path in FILES:
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            yield f"{path.name}: {document['kind']} {document['metadata']['name']}", document


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the pod of every workload."""
    for name, document in documents():
        if "template" in document.get("spec", {}):
            yield name, document["spec"]["template"]


def containers() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield every container with its pod."""
    for name, pod in pods():
        for container in pod["spec"]["containers"]:
            yield f"{name}: {container['name']}", pod, container


@pytest.mark.parametrize("version", VERSIONS)
def test_every_manifest_fits_the_schema(version: str) -> None:
    """An unknown or misspelled field is refused too."""
    for _, document in documents():
        kubernetes_validate.validate(document, version, strict=True)


def test_everything_is_in_the_namespace() -> None:
    """A manifest without it would land in whatever namespace is current."""
    for name, document in documents():
        if document["kind"] != "Namespace":
            assert document["metadata"]["namespace"] == "minqing-hub", name


def test_pods_are_restricted() -> None:
    """They fit the standard `restricted`, which the namespace enforces."""
    for name, pod in pods():
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        context = pod["spec"]["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
    for name, _, container in containers():
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["readOnlyRootFilesystem"] is True, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert container["resources"]["limits"]["memory"], name
        assert "cpu" not in container["resources"]["limits"], name


def test_containers_run_commands_and_set_settings_that_exist() -> None:
    """Commands are those of `hub`, variables those of its catalogue."""
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields} | {"HOME"}
    for name, _, container in containers():
        program, command = container["args"]
        assert program == "hub", name
        assert command in cli.list_commands(cli.make_context("hub", [], resilient_parsing=True))
        assert {variable["name"] for variable in container["env"]} <= known, name
        assert container["image"].startswith("minqing-hub:"), name
    settings = next(doc["data"] for _, doc in documents() if doc["kind"] == "ConfigMap")
    assert settings.keys() <= known


def test_the_image_has_the_version_of_the_project() -> None:
    """A release that forgets the manifests fails here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, _, container in containers():
        assert container["image"] == f"minqing-hub:{project['version']}", name


def test_probes_mounts_and_services_name_what_exists() -> None:
    """Ports, volumes and labels that are named are defined."""
    for name, pod, container in containers():
        ports = {port["name"] for port in container["ports"]}
        probes = [probe for key, probe in container.items() if key.endswith("Probe")]
        assert probes, name
        assert {probe["httpGet"]["port"] for probe in probes} <= ports, name
        volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted - volumes <= {"data"}, name
    labels = [pod["metadata"]["labels"] for _, pod in pods()]
    for name, document in documents():
        if document["kind"] == "Service":
            selector = document["spec"]["selector"].items()
            assert any(selector <= label.items() for label in labels), name


def test_no_port_is_used_twice_in_a_pod() -> None:
    """The containers of a pod share one address."""
    for name, pod in pods():
        ports = [p["containerPort"] for c in pod["spec"]["containers"] for p in c["ports"]]
        assert len(ports) == len(set(ports)), name
