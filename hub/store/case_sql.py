"""SQL conditions on cases 事项条件: shared by the figures, the lists and the queues."""

from schemas.cases.case import OPEN_STATES
from schemas.cases.clock import Supervision
from schemas.cases.queue import WAITING_STATES

OPEN_SQL = str(tuple(map(str, OPEN_STATES)))
"""The open states as an SQL list, for use after IN."""
WAITING_SQL = str(tuple(map(str, WAITING_STATES)))
"""The states in which a case waits for a dispatcher, as an SQL list."""
RED_SQL = str((str(Supervision.RED), str(Supervision.UP)))
"""The supervisions that show a red card, as an SQL list."""
START_OF_TODAY = "toStartOfDay(now64(3, 'Asia/Shanghai'))"
TODAY = "toDate(now('Asia/Shanghai'))"
