"""Environment variables 环境变量 that libraries read while they are imported.

Only a program sets them, before it imports these libraries. Importing `hub` changes nothing.
"""

import os

LIBRARY_VARIABLES = {
    # Our matrices are small: the threads of the algebra library would only wait for each other.
    "OPENBLAS_NUM_THREADS": "1",
    # Only single characters are looked up. The dictionary of phrases would cost memory, and a third
    # of a second of every start.
    "PYPINYIN_NO_PHRASES": "1",
    # Each thread of a process would get a heap of its own, which keeps what was freed. It counts
    # for the processes that this one starts.
    "MALLOC_ARENA_MAX": "2",
}


def tune_libraries() -> None:
    """Set the variables that are not set already; call it before numpy and pypinyin are loaded."""
    for name, value in LIBRARY_VARIABLES.items():
        os.environ.setdefault(name, value)
