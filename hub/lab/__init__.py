"""Programs that a running hub never imports: simulator, benchmarks, learning, evaluation, demo."""

import sys

from hub.runtime.environment import tune_libraries

# Only for `python -m hub.lab.…`, as in `hub.processes`.
if sys.argv[:1] == ["-m"]:
    tune_libraries()
