"""The glossary names only identifiers of the code, and has every body of a topic."""

import pytest

from hub.lab.docs.glossary.page import all_terms, resolve
from schemas.topic import TOPICS

TERMS = [term for terms in all_terms().values() for term in terms]


@pytest.mark.parametrize("identifier", [term.identifier for term in TERMS])
def test_an_identifier_exists(identifier: str) -> None:
    """Each identifier can be imported, so a rename cannot leave the glossary behind."""
    assert resolve(identifier) is not None


def test_an_unknown_identifier_is_an_error() -> None:
    """The check itself notices a name that does not exist."""
    with pytest.raises(LookupError, match="Absent does not exist"):
        resolve("schemas.cases.case.Absent")


def test_every_body_of_a_topic_is_a_term() -> None:
    """A new topic needs a line in the glossary."""
    resolved = [resolve(term.identifier) for term in TERMS]
    assert [topic.name for topic in TOPICS if topic.body not in resolved] == []


def test_a_term_is_unique_in_its_section() -> None:
    """In a section, no Chinese and no English term occurs twice."""
    for section, terms in all_terms().items():
        for words in ([term.chinese for term in terms], [term.english for term in terms]):
            assert len(words) == len(set(words)), section
