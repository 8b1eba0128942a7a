"""Known vulnerabilities 已知漏洞 of pinned packages: from advisories that a package ships.

Pure: texts and values in, findings out. Of the package that ships the data only its file is read;
none of its code runs.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.M)
LEAST_PACKAGES = 1000
"""Packages that a whole data base has at least; one with fewer is broken and proves nothing."""
OLD_AFTER, TOO_OLD_AFTER = timedelta(days=120), timedelta(days=400)
"""Age at which the data are called old, and at which a check by them counts as none."""


class AdvisoriesError(Exception):
    """The data base, or the file of reviewed exceptions, cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One known vulnerability of one pinned package."""

    package: str
    version: str
    advisory: str
    affected: str = ""
    """Version specifiers, where they are known."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A finding that somebody has looked at and that does not concern us until a day."""

    package: str
    advisory: str
    reason: str
    until: date


def pins(lock: str) -> dict[str, str]:
    """Return the version of each package of a lock file, by canonical name."""
    return {str(canonicalize_name(name)): version for name, version in PIN.findall(lock)}


def check_whole(data: object) -> Mapping[str, list[Mapping[str, Any]]]:
    """Return the data base; raises `AdvisoriesError` where it is not of the form we know."""
    if not isinstance(data, dict) or len(data) < LEAST_PACKAGES:
        raise AdvisoriesError(f"the data base has under {LEAST_PACKAGES} packages")
    for name, entries in data.items():
        for entry in entries:
            if not isinstance(entry, dict) or not {"id", "v"} <= entry.keys():
                raise AdvisoriesError(f"the data base has an advisory of {name} without id or v")
    return data


def findings(
    pinned: Mapping[str, str], data: Mapping[str, list[Mapping[str, Any]]]
) -> list[Finding]:
    """Return what is known of the pinned versions.

    Versions that cannot be read affect all: somebody has to look at them.
    """
    findings = set()
    for name, entries in data.items():
        package = str(canonicalize_name(name))
        version = pinned.get(package)
        if version is not None:
            findings |= {
                Finding(package, version, str(entry["id"]), str(entry["v"]))
                for entry in entries
                if _is_affected(version, str(entry["v"]))
            }
    return sorted(
        findings, key=lambda finding: (finding.package, finding.advisory, finding.affected)
    )


def exceptions(table: Mapping[str, Any]) -> list[Reviewed]:
    """Return the reviewed exceptions; raises `AdvisoriesError` for one without reason or day."""
    findings = []
    for entry in table.get("exception", ()):
        finding = Reviewed(
            str(canonicalize_name(str(entry.get("package", "")))),
            str(entry.get("advisory", "")),
            str(entry.get("reason", "")).strip(),
            entry.get("until"),
        )
        if not (
            finding.package
            and finding.advisory
            and finding.reason
            and isinstance(finding.until, date)
        ):
            raise AdvisoriesError(
                f"an exception needs package, advisory, reason and until: {entry}"
            )
        findings.append(finding)
    return findings


def concerning(
    findings: Iterable[Finding], excepted: Iterable[Reviewed], today: date
) -> list[Finding]:
    """Return the findings without those that an exception covers today."""
    covered = {
        (finding.package, finding.advisory) for finding in excepted if today <= finding.until
    }
    return [finding for finding in findings if (finding.package, finding.advisory) not in covered]


def age_of(day: date, today: date) -> str:
    """Return what to say of the age of data, empty where they are young enough.

    Raises `AdvisoriesError` where they are so old that a check by them is none.
    """
    age = today - day
    if age > TOO_OLD_AFTER:
        raise AdvisoriesError(f"the advisories are of {day}, {age.days} days old: pin newer ones")
    return f"OLD: {age.days} days; look for newer ones" if age > OLD_AFTER else ""


def _is_affected(version: str, affected: str) -> bool:
    try:
        return SpecifierSet(affected).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, ValueError):
        return True
