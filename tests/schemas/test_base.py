"""Ids are those of RFC 9562, whatever their parts are."""

from uuid import uuid5

from hypothesis import given
from hypothesis import strategies as st

from schemas.base import NAMESPACE, derive_id


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_an_id_is_the_uuid_of_its_parts(parts: list[str]) -> None:
    """Any implementation of UUIDv5 derives the same id."""
    assert derive_id(*parts) == uuid5(NAMESPACE, "\x1f".join(parts))
