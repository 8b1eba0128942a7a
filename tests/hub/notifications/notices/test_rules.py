"""The file of notices: what is refused, and with which words."""

from pathlib import Path

import pytest

from hub.admin.notices import check
from hub.notifications.notices.rules import NoticesError, load_rules
from hub.settings import Settings

GOOD = """
sender: 民情枢纽 <hub@city.example>
receivers:
  desk: {robot: dingtalk, url: 'https://d.example/send?token=t', secret: SECx, quiet: '20:00-07:30'}
  office: {mail: [zhou@city.example], gather: 60}
rules:
  - {to: desk, when: [urgent, red, returned]}
  - {to: office, when: [new, due], unit: '421281-10'}
"""


def settings_with(folder: Path, text: str, **more: str) -> Settings:
    """Return settings of a data folder with this file."""
    (folder / "notices.yaml").write_text(text, "utf-8")
    return Settings(data=folder, **more)  # type: ignore[arg-type]


def test_a_file_is_read_and_no_file_means_no_rules(tmp_path: Path) -> None:
    """Nothing is sent by default."""
    assert load_rules(Settings(data=tmp_path)).rules == ()
    rules = load_rules(settings_with(tmp_path, GOOD))
    assert rules.receivers["desk"].secret == "SECx"
    assert [rule.to for rule in rules.rules] == ["desk", "office"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("robot: dingtalk", "robot: slack", "receivers.desk.robot"),
        ("quiet: '20:00-07:30'", "quiet: evening", "receivers.desk.quiet"),
        ("url: 'https://d.example/send?token=t', ", "", "needs its url"),
        ("mail: [zhou@city.example]", "mail: []", "give either robot with url, or mail"),
        ("to: desk", "to: nobody", "no receiver nobody; there are: desk, office, page"),
        ("[urgent, red, returned]", "[late]", "rules.0.when.0"),
        ("sender: 民情枢纽 <hub@city.example>", "", "mail needs sender"),
        ("gather: 60", "colour: red", "receivers.office.colour"),
        ("[zhou@city.example]", "['zhou@city.example\n\n Bcc: a@b.c']", "receivers.office.mail.0"),
        ("[zhou@city.example]", "[zhou]", "receivers.office.mail.0"),
        ("rules:", "rules: [", "not valid YAML"),
        ("secret: SECx", "secret: [SECx", "not valid YAML"),
        ("gather: 60", "gather: 2026-02-30", "not valid YAML"),
        ("07:30", "07:30+08:00", "in Beijing time"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, old: str, new: str, fault: str) -> None:
    """The message names the field, and shows no secret."""
    with pytest.raises(NoticesError) as raised:
        load_rules(settings_with(tmp_path, GOOD.replace(old, new)))
    assert fault in str(raised.value)
    assert "SECx" not in str(raised.value)


def test_the_check_finds_codes_and_addresses_that_cannot_work(tmp_path: Path) -> None:
    """Units and areas of the town, private addresses, a missing mail server, unused receivers."""
    text = (
        GOOD.replace("d.example", "10.0.0.1")
        .replace("421281-10", "999")
        .replace("rules:", "  spare: {robot: feishu, url: 'https://f.example/hook'}\nrules:")
    )
    correct, report = check(settings_with(tmp_path, text))
    assert not correct
    assert report.splitlines() == [
        "rules.1: no unit 999 in units.csv",
        "receivers.desk.url: 10.0.0.1 is a private address; list its network in"
        " HUB_OUTBOUND_NETWORKS",
        "receivers.office: mail needs HUB_SMTP_URL",
        "receivers.spare: no rule sends to it",
    ]


def test_a_robot_may_get_nothing_but_the_digest(tmp_path: Path) -> None:
    """It needs no rule."""
    robot = "  leaders: {robot: feishu, url: 'https://f.example/hook'}\nrules:"
    text = GOOD.replace(", unit: '421281-10'", "").replace("rules:", robot)
    settings = settings_with(tmp_path, f"{text}digest: [leaders]\n", smtp_url="smtp://127.0.0.1")
    assert check(settings)[0]


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """The notices stay as they are; the process goes on."""
    (tmp_path / "notices.yaml").mkdir()
    with pytest.raises(NoticesError, match="cannot be read"):
        load_rules(Settings(data=tmp_path))


def test_a_good_file_has_no_findings(tmp_path: Path) -> None:
    """The report says how much was read."""
    text = GOOD.replace(", unit: '421281-10'", "")
    correct, report = check(settings_with(tmp_path, text, smtp_url="smtp://127.0.0.1"))
    assert correct
    assert "2 receivers, 2 rules, no faults" in report
