"""Channels are switched on one by one, and tried before they are used."""

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli.main import cli
from hub.feedback.addresses import load_addresses
from hub.runtime.errors import HubError
from hub.security.credentials import SIGNED, load_or_create_credentials
from hub.settings import Settings
from hub.setup.channels import add_channel, list_channels
from hub.town.mappings import load_mapping, mapping_files
from hub.town.town_file import TownError
from schemas.channel import Channel


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with an empty data folder."""
    return Settings(data=tmp_path / "data")


def run(settings: Settings, *words: str, typed: str = "") -> Result:
    """Run the command line with the data folder of the settings."""
    return CliRunner().invoke(cli, words, input=typed, env={"HUB_DATA": str(settings.data)})


@pytest.mark.parametrize("channel", Channel)
def test_every_channel_says_what_the_other_side_must_set(
    settings: Settings, channel: Channel
) -> None:
    """There are instructions for each, with the secret where there is one."""
    lines = "\n".join(add_channel(settings, channel, {}, {}))
    assert f"hub channel test {channel}" in lines
    secret = load_or_create_credentials(settings).value(channel, "secret")
    assert secret in lines
    assert bool(secret) == (channel in SIGNED)


def test_what_was_issued_is_kept_in_the_private_file(settings: Settings) -> None:
    """The values of WeChat replace the drawn ones; other channels keep theirs."""
    before = load_or_create_credentials(settings).value("hotline_12345", "secret")
    key = "a" * 43
    typed = {"app_id": "wx123", "encoding_aes_key": key}
    add_channel(settings, Channel.WECHAT_OFFICIAL, typed, {})
    known = load_or_create_credentials(settings)
    assert known.value("wechat_official", "app_id") == "wx123"
    assert known.value("wechat_official", "encoding_aes_key") == key
    assert known.value("hotline_12345", "secret") == before
    path = settings.data / "secrets.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("channel", "typed", "feedback", "message"),
    [
        (Channel.HOTLINE_12345, {"app_id": "x"}, {}, "takes no app_id"),
        (Channel.WECHAT_OFFICIAL, {"app_id": "x y"}, {}, "without blanks"),
        (Channel.WECHAT_OFFICIAL, {"app_id": "x\ny: 1"}, {}, "without blanks"),
        (Channel.WECHAT_OFFICIAL, {"encoding_aes_key": "short"}, {}, "43 characters"),
        (Channel.HOTLINE_12345, {}, {"adress": "x"}, "no adress"),
        (Channel.HOTLINE_12345, {}, {"url": "example.cn/back"}, "no address"),
        (Channel.HOTLINE_12345, {}, {"url": "https://"}, "no host"),
        (Channel.HOTLINE_12345, {}, {"url": "https://h/ x"}, "blanks"),
        (Channel.HOTLINE_12345, {}, {"url": "https://h/\nx: 1"}, "line breaks"),
        (Channel.HOTLINE_12345, {}, {"url": "https://h:99999/"}, "Port"),
        (Channel.HOTLINE_12345, {}, {"url": "ftp://h/"}, "https://"),
        (Channel.HOTLINE_12345, {}, {"url": "javascript:alert(1)"}, "https://"),
        (Channel.HOTLINE_12345, {}, {"url": ""}, "must be a text"),
        (Channel.MAYOR_MAILBOX, {}, {"sender": "a@b\r\nBcc: x"}, "line breaks"),
        (Channel.ENVIRONMENT_12369, {}, {"url": "https://h/"}, "that of a database"),
    ],
)
def test_wrong_values_change_nothing(
    settings: Settings,
    channel: Channel,
    typed: dict[str, str],
    feedback: dict[str, str],
    message: str,
) -> None:
    """The sentence says what is wrong, before any file is written."""
    with pytest.raises(HubError, match=message):
        add_channel(settings, channel, typed, feedback)
    assert not settings.data.exists()


def test_a_feedback_address_is_added_beside_others(settings: Settings) -> None:
    """The file of addresses keeps its other channels."""
    add_channel(settings, Channel.HOTLINE_12345, {}, {"url": "https://a.example/back"})
    add_channel(settings, Channel.MAYOR_MAILBOX, {}, {"sender": "县长信箱 <a@example.cn>"})
    addresses = load_addresses(settings)
    assert addresses["hotline_12345"].url == "https://a.example/back"
    assert addresses["mayor_mailbox"].sender == "县长信箱 <a@example.cn>"
    states = {state.channel: state for state in list_channels(settings)}
    assert states["hotline_12345"].feedback == "yes"
    assert states["leader_board"].ready == "HUB_LEADER_BOARD_URL"
    assert states["hotline_12345"].ready == ""


def test_the_commands_add_list_and_test(settings: Settings, tmp_path: Path) -> None:
    """A prompt asks for what WeChat has issued; a test of a faulty message exits with 1."""
    added = run(settings, "channel", "add", "wechat_official", typed=f"wx1\n{'k' * 43}\n")
    assert added.exit_code == 0, added.output
    assert "/v1/wechat" in added.output
    listed = run(settings, "channel", "list")
    assert len(listed.output.splitlines()) == len(Channel)
    good = tmp_path / "good.json"
    good.write_text('[{"workOrderNo": "1", "callTime": "2026-11-01 08:00", "content": "路灯不亮"}]')
    assert run(settings, "channel", "test", "hotline_12345", str(good)).exit_code == 0
    bad = tmp_path / "bad.json"
    bad.write_text('[{"content": "路灯不亮"}]')
    refused = run(settings, "channel", "test", "hotline_12345", str(bad))
    assert refused.exit_code == 1
    empty = run(settings, "channel", "add", "hotline_12345", "--feedback-url", "")
    assert empty.exit_code == 1
    assert "workOrderNo is needed" in refused.output
    assert run(settings, "channel", "test", "hotline_12345", "--send").exit_code == 1


@pytest.mark.parametrize("channel", ["hotline_12345", "leader_board", "open311"])
def test_a_drawn_message_needs_no_file(settings: Settings, channel: str) -> None:
    """The path from the decoder to the unit can be tried before the other side is ready."""
    words = ["channel", "test", channel]
    # The town of one's own has other places, and need not be there yet.
    environment = {"HUB_DATA": str(settings.data), "HUB_TOWN": str(settings.data / "none")}
    result = CliRunner().invoke(cli, words, env=environment)
    assert result.exit_code == 0, result.output
    assert "in the shipped town, without a mapping" in result.output
    assert "0 rejected" in result.output


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("consumer_12315", "fields: {a: b}", "can have no mapping"),
        ("hotline_1234", "fields: {a: b}", "did you mean hotline_12345"),
        ("hotline_12345", "- a", "expected a mapping"),
        ("hotline_12345", "fields: []", "expected a mapping"),
        ("hotline_12345", "fields: {a: b}\nitem: x", "item is none of"),
        ("hotline_12345", "fields: {a: [b]}", "fields.a must be a text"),
        ("hotline_12345", "fields: {a: yes}", "fields.a must be a text"),
        ("hotline_12345", "fields: {a: b}\nvalues: {a: b}", "values.a must be a mapping"),
        ("hotline_12345", "fields: {a: 'b['}", "no JMESPath"),
        ("hotline_12345", "fields: {a: !!python/object/apply:os.getcwd []}", "line 1"),
    ],
)
def test_a_faulty_mapping_names_file_and_field(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    """Nothing of the file is used, and the sentence says where to look."""
    path = tmp_path / f"{name}.yaml"
    path.write_text(text)
    with pytest.raises(TownError, match=message):
        load_mapping(path)


def test_words_of_a_mapping_keep_their_spelling(tmp_path: Path) -> None:
    """01 is not 1, and yes is a word."""
    path = tmp_path / "hotline_12345.yaml"
    start = "fields: {urgency: u}\nvalues:\n  urgency:\n"
    path.write_text(f"{start}    01: 紧急\n    yes: 01\n", "utf-8")
    assert load_mapping(path).values == {"urgency": {"01": "紧急", "yes": "01"}}
    path.write_text(f"{start}    T1:\n", "utf-8")
    with pytest.raises(TownError, match=r"values\.urgency\.T1 must be a text"):
        load_mapping(path)


def test_only_plain_files_are_mappings(tmp_path: Path) -> None:
    """A pipe would stop the hub, and a folder is no mapping."""
    (tmp_path / "mappings" / "police_110.yaml").mkdir(parents=True)
    os.mkfifo(tmp_path / "mappings" / "hotline_12345.yaml")
    assert mapping_files(tmp_path) == []
