"""Watching `rules.v1` 规则生效: every worker reads the whole topic."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from hub.broker.connection import options
from hub.broker.wakeup import TopicReader, WakeUp, wakeup_of
from hub.settings.worker import WorkerSettings
from hub.worker.partition_reader import PartitionReader
from schemas.cloudevent import from_record
from schemas.topic import RULES
from schemas.town.rules import RulesBundle

RETRY_SECONDS = 2.0

log = structlog.get_logger()


async def follow_rules(
    settings: WorkerSettings, adopt: Callable[[RulesBundle], Awaitable[None]]
) -> None:
    """Call `adopt` with every version, from the first that the topic still has; never returns."""
    adopted, wakeup = -1, wakeup_of(settings, TopicReader.RULES)
    while True:
        try:
            async for offset, value in _published(settings, adopted + 1, wakeup):
                await _adopt(value, adopt)
                adopted = offset
        except KafkaError as error:
            log.warning("rules_retry", error=str(error))
            await asyncio.sleep(RETRY_SECONDS)


async def _published(
    settings: WorkerSettings, first: int, wakeup: WakeUp | None
) -> AsyncIterator[tuple[int, bytes | None]]:
    async with PartitionReader(options(settings), [(RULES.name, 0)], wakeup=wakeup) as reader:
        await reader.seek(first)
        async for record in reader.records():
            yield record.offset, record.value


async def _adopt(value: bytes | None, adopt: Callable[[RulesBundle], Awaitable[None]]) -> None:
    if value is None:
        return
    try:
        bundle = from_record(RulesBundle, value)
    except ValidationError:
        log.exception("rules_invalid", advice="the former version stays in effect")
        return
    await adopt(bundle)
