"""Read an engine's catalogue directly, without the endpoint, in a separate process."""

import json
import subprocess
import sys
from pathlib import Path

from tests.attack.engines import ROOT
from tests.attack.statements.functions import Known, quoted

ASKED = {
    "scalars": "SELECT name FROM system.functions WHERE NOT is_aggregate",
    "aggregates": "SELECT name FROM system.functions WHERE is_aggregate",
    "combinators": "SELECT name FROM system.aggregate_function_combinators",
    "table_functions": "SELECT name FROM system.table_functions",
    "engines": "SELECT name FROM system.table_engines",
    "system_tables": "SELECT if(database = 'system', name, concat(database, '.', name))"
    " FROM system.tables WHERE database != 'default'",
    "keywords": "SELECT keyword FROM system.keywords",
    "statements": "SELECT name FROM system.statements",
    "settings": "SELECT name FROM system.settings",
    "examples": "SELECT name, examples FROM system.functions WHERE examples != ''",
}
PROGRAM = """
import json, sys
import chdb
texts = {name: chdb.query(sql + " ORDER BY 1", "JSONCompactColumns").bytes().decode()
        for name, sql in json.loads(sys.argv[1]).items()}
columns = {name: json.loads(text) for name, text in texts.items()}
print(json.dumps({name: list(zip(*values)) if len(values) > 1 else values[0]
                  for name, values in columns.items()}))
"""


def known(folder: Path) -> Known:
    """Return the functions, tables, keywords and settings of the engine that is installed."""
    output = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(ASKED)],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    names = json.loads(output.stdout)
    examples = tuple((name, text) for name, text in names.pop("examples"))
    tables = quoted(names.pop("system_tables"))
    plain = {name: tuple(listed) for name, listed in names.items()}
    return Known(**plain, system_tables=tables, examples=examples)
