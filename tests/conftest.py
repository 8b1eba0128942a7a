"""What holds for every test: the variables that the programs set, and property tests without limit.

Each process that a test starts has the same variables.
"""

from hypothesis import HealthCheck, settings

from hub.runtime.environment import tune_libraries

tune_libraries()
# A slow machine is no fault of the code: pytest's own time limit ends a test that hangs.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
