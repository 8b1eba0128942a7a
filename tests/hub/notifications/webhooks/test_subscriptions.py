"""The file of subscriptions, and what each of them receives."""

from pathlib import Path

import pytest

from hub.notifications.webhooks.subscriptions import (
    Subscription,
    SubscriptionError,
    add_subscription,
    load_subscriptions,
    remove_subscription,
    rotate_secret,
)
from hub.settings import Settings
from tests.builders.town import VILLAGE
from tests.hub.notifications.cases import entries_of

URL = "https://app.example/hook"


def subscription(**fields: object) -> Subscription:
    """Return a subscription with a filter."""
    return Subscription(name="app", url=URL, secrets=(), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, ["open", "assign", "accept"]),
        ({"moves": ("accept", "resolve")}, ["accept"]),
        ({"unit": "U-T"}, ["assign", "accept"]),
        ({"unit": "U-V"}, []),
        ({"area": VILLAGE[:9]}, ["open", "assign", "accept"]),
        ({"area": "421298"}, []),
        ({"since": "2026-03-02T12:00:01+08:00"}, []),
    ],
)
def test_a_filter_lets_pass_what_concerns_its_unit_area_and_moves(
    fields: dict[str, object], wanted: list[str]
) -> None:
    """Empty fields let everything pass; entries before `since` are left out."""
    assert [e.move for e in entries_of() if subscription(**fields).wants(e)] == wanted


def test_a_unit_also_receives_the_entry_that_takes_a_case_from_it() -> None:
    """Otherwise its program would show the case for ever."""
    entry = entries_of()[1]
    before = entry.before
    assert before is not None
    left = entry.model_copy(
        update={
            "before": before.model_copy(update={"unit": "U-V"}),
            "case": entry.case.model_copy(update={"assignment": None}),
        }
    )
    assert subscription(unit="U-V").wants(left)


def test_the_file_keeps_what_was_added_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    """A subscription begins now, has a secret of its own, and can be removed."""
    settings = Settings(data=tmp_path)
    added = add_subscription(settings, subscription(unit="U-T", moves=("accept",)))
    assert load_subscriptions(settings) == {"app": added}
    assert (tmp_path / "webhooks.yaml").stat().st_mode & 0o777 == 0o600
    with pytest.raises(SubscriptionError, match="there already"):
        add_subscription(settings, subscription())
    remove_subscription(settings, "app")
    assert load_subscriptions(settings) == {}
    with pytest.raises(SubscriptionError, match="there is no subscription app"):
        remove_subscription(settings, "app")


def test_a_rotated_secret_signs_beside_the_last_one(tmp_path: Path) -> None:
    """With `keep` two secrets sign, never three; without it one."""
    settings = Settings(data=tmp_path)
    first = add_subscription(settings, subscription()).secrets[0]
    second = rotate_secret(settings, "app", keep=True)
    assert load_subscriptions(settings)["app"].secrets == (second, first)
    third = rotate_secret(settings, "app", keep=True)
    assert load_subscriptions(settings)["app"].secrets == (third, second)
    only = rotate_secret(settings, "app", keep=False)
    assert load_subscriptions(settings)["app"].secrets == (only,)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("app: {url: 1, colour: red}", "may have only"),
        ("- app", "must map"),
        ("app: [", "not valid YAML"),
        ("app: {secrets: [whsec_x]}", "url is needed"),
        ("app: {url: 'https://a.example'}", "secrets is needed"),
        ("app: {url: 'https://a.example', secrets: whsec_short}", "a secret is"),
        ("App 1: {url: 'https://a.example'}", "a name has up to 40"),
        ("app: {url: x, secrets: [SECRET], moves: [fly]}", "no move fly"),
        ("app: {url: x, secrets: [SECRET], since: yesterday}", "is no time"),
        ("app: {url: x, secrets: [SECRET], since: '2026-01-01T00:00:00'}", "no time zone"),
    ],
)
def test_an_invalid_file_is_refused_with_its_place(tmp_path: Path, text: str, fault: str) -> None:
    """The message names the file, the subscription and what is wrong."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    (tmp_path / "webhooks.yaml").write_text(text.replace("SECRET", secret))
    with pytest.raises(SubscriptionError, match=fault) as raised:
        load_subscriptions(Settings(data=tmp_path))
    assert "webhooks.yaml" in str(raised.value)
