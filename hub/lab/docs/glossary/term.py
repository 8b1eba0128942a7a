"""A line of the glossary 术语."""

from typing import NamedTuple


class Term(NamedTuple):
    """One line of the glossary. `identifier` is a dotted path that can be imported."""

    chinese: str
    english: str
    identifier: str
    meaning: str


Sections = dict[str, tuple[Term, ...]]
"""Heading → its terms."""
