"""Programs that run apart: their output is bounded, and all of the input reaches them."""

import asyncio
from base64 import b64decode

from hub.attachments.apart import KILLED, run_apart

DATA = bytes(range(256)) * 4096
"""More than a pipe holds, so that writing and reading must go on beside each other."""


def test_a_program_gets_all_and_its_output_is_whole() -> None:
    """The encoder of the standard library stands for a decoder."""
    code, written = asyncio.run(run_apart("base64", DATA, "-e", seconds=60))
    assert code == 0
    assert b64decode(written) == DATA


def test_a_program_that_writes_too_much_is_killed() -> None:
    """Its output does not fill the memory of the process of the pages."""
    answer = asyncio.run(run_apart("base64", DATA, "-e", seconds=60, most=100_000))
    assert answer == (KILLED, b"")


def test_a_program_that_does_not_read_ends_as_it_wants() -> None:
    """What is left of the input is no error."""
    code, written = asyncio.run(run_apart("base64", DATA, "--no-such-option", seconds=60))
    assert code > 0
    assert written == b""
