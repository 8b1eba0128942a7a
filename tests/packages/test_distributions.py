"""Wheel and source distribution hold what the repository holds, and run once installed."""

import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("connectors", "hub", "schemas", "streams")
LEFT_OUT = (".git", ".github/", "AGENTS.md", ".containerignore", ".dockerignore")
"""Files of the repository that a source distribution does not need."""


def tracked(*folders: str) -> set[str]:
    """Return the files that the repository tracks, or skip the test outside a repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no clone of the repository")
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with both distributions, built as a release builds them."""
    source, folder = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in tracked():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    build = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stdout[-2000:] + build.stderr[-2000:]
    return folder


@pytest.mark.slow
def test_the_wheel_has_every_file_of_the_packages(built: Path) -> None:
    """Modules, migrations, models, tables and pages: nothing is missing, nothing is added."""
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == tracked(*PACKAGES)


@pytest.mark.slow
def test_the_source_distribution_is_complete(built: Path) -> None:
    """Its tests and documents can be used without the repository."""
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        inside = {member.name.partition("/")[2] for member in files if member.isfile()}
    assert {name for name in tracked() if not name.startswith(LEFT_OUT)} <= inside


@pytest.mark.slow
def test_the_installed_wheel_runs_under_its_own_name(built: Path, tmp_path: Path) -> None:
    """`minqing-hub`, which `uvx` looks for, is the same command as `hub`."""
    (wheel,) = built.glob("*.whl")
    home = tmp_path / "env"
    venv.create(home, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    install = ["install", "--quiet", "--no-deps", "--no-index"]
    pip = subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(home), *install, str(wheel)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert pip.returncode == 0, pip.stderr
    # The libraries of this environment, without its own copy of the hub: .pth files found this way
    # are not read.
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "libraries.pth").write_text("\n".join(sorted(libraries)), encoding="utf-8")
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    for command in ("hub", "minqing-hub"):
        for options in (["--help"], ["init", "--help"], ["--version"]):
            done = subprocess.run(
                [home / "bin" / command, *options],
                capture_output=True,
                text=True,
                check=False,
                cwd=tmp_path,
                env=environment,
            )
            assert done.returncode == 0, done.stderr
            assert command in done.stdout
    place = subprocess.run(
        [home / "bin" / "python", "-c", "import hub; print(hub.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    assert place.stdout.startswith(str(home))


def test_both_commands_are_the_same_program() -> None:
    """A distribution that has its own name as a command can be run by `uvx` and `pipx run`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"][project["name"]] == project["scripts"]["hub"]


def test_the_image_installs_the_versions_that_were_tested() -> None:
    """Each package of the image's lock has a version that the lock of the tests has too."""
    pins = {
        name: {
            line.split(" ", 1)[0]
            for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
            if "==" in line and not line.startswith((" ", "#"))
        }
        for name in ("requirements.lock", "requirements-run.lock")
    }
    assert pins["requirements-run.lock"] < pins["requirements.lock"]
