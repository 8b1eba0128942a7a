"""Every test, and each process that it starts, runs with the variables that the programs set."""

from hub.runtime.environment import tune_libraries

tune_libraries()
