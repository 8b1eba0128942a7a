"""Only programs change the environment."""

import json
import os
import subprocess
import sys

import pytest

from hub.runtime.environment import LIBRARY_VARIABLES


def _variables_after(*arguments: str) -> dict[str, str]:
    """Return the library variables of a new process that was started without them."""
    environment = {k: v for k, v in os.environ.items() if k not in LIBRARY_VARIABLES}
    finished = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=True
    )
    variables: dict[str, str] = json.loads(finished.stdout.splitlines()[-1])
    return {name: value for name, value in variables.items() if name in LIBRARY_VARIABLES}


PRINT = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.mark.parametrize("package", ["hub", "hub.testing", "hub.processes", "hub.lab"])
def test_an_import_leaves_the_environment_alone(package: str) -> None:
    """A program that imports the hub as a library keeps its own environment."""
    assert _variables_after("-c", f"import {package}; {PRINT}") == {}


def test_the_command_line_sets_the_variables_before_numpy_is_loaded() -> None:
    """`hub …` sets them; importing the command line loads no library that reads them."""
    program = (
        "import sys; sys.argv = ['hub', 'demo', '--help']\n"
        "import hub.cli.main as program\n"
        "assert not {'numpy', 'pypinyin'} & sys.modules.keys()\n"
        "try: program.main()\n"
        f"except SystemExit: {PRINT}\n"
    )
    assert _variables_after("-c", program) == LIBRARY_VARIABLES


@pytest.mark.parametrize("package", ["hub.processes", "hub.lab"])
def test_a_program_of_the_package_sets_the_variables(package: str) -> None:
    """`python -m` imports the package first; a search for a missing module is enough to see it."""
    program = (
        "import runpy, sys; sys.argv[0] = '-m'\n"
        f"try: runpy.run_module('{package}.no_such_program')\n"
        f"except ImportError: {PRINT}\n"
    )
    assert _variables_after("-c", program) == LIBRARY_VARIABLES
