"""Every test runs with the variables that the programs set, as do the processes that it starts."""

from hub.runtime.environment import tune_libraries

tune_libraries()
