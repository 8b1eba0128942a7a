"""Folders without files are looked at less often."""

import asyncio

from hub.processes.intake import REST_ROUNDS, resting


def test_an_empty_folder_rests_for_some_rounds() -> None:
    """The rounds in between do nothing; a folder with files is looked at in every round."""
    looks, empty = list[int](), [True]

    async def look() -> int:
        looks.append(len(looks))
        return 5

    async def run(rounds: int) -> list[int]:
        return [await round_of_folder() for _ in range(rounds)]

    round_of_folder = resting(look, lambda: empty[0])
    assert asyncio.run(run(REST_ROUNDS + 2)) == [5, *[0] * REST_ROUNDS, 5]
    empty[0] = False
    assert asyncio.run(run(REST_ROUNDS + 3)) == [*[0] * REST_ROUNDS, 5, 5, 5]
    assert len(looks) == 5
