"""Sixty pairs by keyboard in a real browser: the answers of one sitting, and what they took."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from hub.store.client import Store
from schemas.cases.case import CaseEvent, Move
from schemas.topic import CASES
from streams.case.entries import dispatch, open_case
from tests.builders.stored import keep
from tests.builders.town import NOON, REGISTER, event
from tests.hub.store.views.test_suggestions import suggest
from tests.hub.workbench.browser.chromium import Opener, in_browser, shot
from tests.integration.parts import await_true

pytestmark = [pytest.mark.slow]

PAIRS = 60
ANSWERS = "ynynl"
"""The keys, in turn: same, not same, and now and then later."""
MATTERS = (
    ("{n}栋二单元楼道灯不亮，老人下楼看不清台阶", "{n}栋楼梯间的灯坏了几天，晚上摸黑上楼"),
    ("{n}栋前的路灯忽明忽暗，晚上走路不安全", "{n}栋门口路灯一闪一闪，孩子放学害怕"),
    ("{n}栋旁边路面塌了一块，电动车差点摔倒", "{n}栋东侧道路有坑，下雨积水看不见"),
    ("{n}栋下水道堵塞，污水流到路上", "{n}栋前污水井冒水，味道很大"),
)


def opened(number: int, text: str, minutes: int) -> list[CaseEvent]:
    """Return the entries of a new case about a building."""
    report = event(f"p{number}-{minutes}", content=text, minutes=minutes, name="幸福小区")
    entry = open_case(report, ["facility"], {})
    at = NOON + timedelta(minutes=minutes)
    return [entry, dispatch(entry.case, REGISTER, lambda _: 0, cause=entry.cause, at=at)]


def fill_pairs(store: Store) -> None:
    """Store sixty cases, and sixty others that are each suggested to be about the same matter."""
    entries: list[CaseEvent] = []
    for number in range(PAIRS):
        older, newer = (text.format(n=number + 1) for text in MATTERS[number % len(MATTERS)])
        first, second = opened(number, older, number), opened(number, newer, 600 + number)
        score = 0.2 + 0.012 * number
        asked = suggest(second[-1].case, (first[-1].case, score))
        entries += [*first, *second, asked]
    keep(store, CASES.name, *entries)


def test_sixty_pairs_are_answered_by_keyboard(
    store: Store, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Each key answers the pair that is shown, the next one follows, and all answers are sent."""
    fill_pairs(store)
    keys = [ANSWERS[number % len(ANSWERS)] for number in range(PAIRS)]

    def story(opener: Opener) -> None:
        received = opener.site.commands.received
        with opener.page("/work/pairs", "张主任") as page:
            expect(page.locator("[data-left]")).to_have_text(f"还剩 {PAIRS} 对")
            shown = page.locator("article.pair:visible")
            seen, started = set[str](), time.monotonic()
            for number, key in enumerate(keys):
                pair = shown.get_attribute("data-pair") or ""
                assert pair not in seen
                seen.add(pair)
                page.keyboard.press(key)
                if number < PAIRS - 1:
                    expect(shown).not_to_have_attribute("data-pair", pair)
                if number == PAIRS // 2:
                    shot(page, "many_pairs")
            seconds = time.monotonic() - started
            record_property("seconds_for_sixty_pairs", round(seconds, 1))
            print(f"{PAIRS} pairs in {seconds:.1f} s: {seconds / PAIRS * 1000:.0f} ms each")  # noqa: T201 - the figure is for people
            expect(page.locator("[data-done]")).to_be_visible()
            page.goto("/work/design")
            wanted = len(keys) - keys.count("l")
            await_true(lambda: len(received) == wanted, "all answers are sent")
            moves = [command.move for command in received]
            assert moves.count(Move.MERGE) == keys.count("y")
            assert moves.count(Move.KEEP_APART) == keys.count("n")
            assert len({command.case_id for command in received}) == wanted

    in_browser(store, tmp_path, story)
