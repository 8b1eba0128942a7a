"""What holds for every test: the variables that the programs set, and property tests without limit.

Each process that a test starts has the same variables.
"""

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from hub.runtime.environment import tune_libraries

tune_libraries()
# A slow machine is no fault of the code: pytest's own time limit ends a test that hangs.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

CLUSTERS = ("tests/kafka/", "tests/chaos/", "tests/integration/test_scaled_out.py")
"""Tests that start brokers of Apache Kafka, and many processes beside them."""


class ByFile(LoadScopeScheduling):
    """Runs the tests of a file in one process, and all that start a cluster in the same one.

    Two clusters at once are too much for two cores: their processes do not start within their time
    limits, are started again, and take what is left.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "cluster" if file.startswith(CLUSTERS) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Return the scheduler of the run."""
    return ByFile(config, log)
