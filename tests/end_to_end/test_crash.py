"""After kill -9 of everything, acknowledged messages are stored and count once."""

import signal
from collections import Counter
from pathlib import Path

import psutil
import pytest

from hub.lab.simulate.deliver import DeliveryCounts
from hub.store.reader import Reader
from tests.end_to_end.running import Hub, running

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]

TWICE = """
SELECT 'disposition' AS what, count() AS n FROM
  (SELECT event_id FROM dispositions GROUP BY event_id HAVING uniqExact(case_id, outcome) > 1)
UNION ALL
SELECT 'case without its entries', count() FROM cases
  WHERE case_id NOT IN (SELECT case_id FROM case_events)
UNION ALL
SELECT 'entry missing', count() FROM
  (SELECT case_id, max(seq) AS last, uniqExact(seq) AS entries FROM case_events GROUP BY case_id)
  WHERE last != entries
UNION ALL
SELECT 'report counted twice', count() FROM
  (SELECT arrayJoin(native_ids) AS id FROM cases GROUP BY id HAVING count() > 1)
"""


def join(*all_sent: DeliveryCounts) -> DeliveryCounts:
    """Return the sum of the messages of several runs."""
    whole = DeliveryCounts()
    for sent in all_sent:
        for name in ("deliveries", "parts", "refused", "failed"):
            getattr(whole, name).update(getattr(sent, name))
    return whole


def check_whole(hub: Hub, sent: DeliveryCounts) -> None:
    """All messages are accounted for, entries have no gaps, and no report is in two cases."""
    hub.await_accounted(sent)
    reader = Reader(hub.settings)
    counts = {row["what"]: row["n"] for row in reader.rows(TWICE)}
    reader.close()
    assert not any(counts.values()), counts


def test_nothing_is_lost_or_doubled_when_all_is_killed(tmp_path: Path) -> None:
    """Nothing is lost or doubled if the hub is killed at work, fed again, and killed idle."""
    with running(tmp_path) as hub:
        day = hub.day(400, seed=3)
        first, second = day[: len(day) // 2], day[len(day) // 2 :]
        before = hub.send([m for m in first if m.transport == "http"])
        hub.kill_all()
        hub.start()
        after = hub.send([m for m in first if m.transport != "http"] + second)
        whole = join(before, after)
        assert Counter(whole.failed) == Counter()
        check_whole(hub, whole)
        hub.kill_all()
        hub.start()
        check_whole(hub, whole)
        assert hub.stop() == 0


def test_a_crashed_child_is_started_again(tmp_path: Path) -> None:
    """After a crash of worker, engine or broker with its log, everything sent meanwhile is there.

    The process of the pages does not change when the engine restarts.
    """
    with running(tmp_path) as hub:
        day = hub.day(240, seed=5)
        third = len(day) // 3
        sent = [hub.send(day[:third])]
        hub.crash("hub.processes.worker")
        sent.append(hub.send(day[third : 2 * third]))
        pages = hub.child("hub.processes.overview")
        hub.crash("hub.processes.serve")
        assert pages is not None
        assert pages == hub.child("hub.processes.overview")
        hub.crash("broker")
        sent.append(hub.send(day[2 * third :]))
        check_whole(hub, join(*sent))
        assert hub.stop() == 0


def test_a_stopped_demo_leaves_no_process_behind(tmp_path: Path) -> None:
    """SIGTERM to the demo, as a service manager sends it, ends the hub that it has started."""
    hub = Hub.at(tmp_path)
    hub.start("demo", "--once", "--messages", "5000")
    assert hub.process is not None
    processes = psutil.Process(hub.process.pid).children(recursive=True)
    assert processes
    assert hub.stop() == 128 + signal.SIGTERM
    _, alive = psutil.wait_procs(processes, timeout=180)
    assert alive == []
