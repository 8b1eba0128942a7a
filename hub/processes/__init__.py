"""The programs of the hub 进程: each builds its objects from `Settings` and runs until a signal."""

import sys

from hub.runtime.environment import tune_libraries

# `python -m hub.processes.<program>` imports this package before the program and its libraries.
# Meanwhile the first argument is "-m" (documentation of `sys.argv`). Any other import changes
# nothing.
if sys.argv[:1] == ["-m"]:
    tune_libraries()
