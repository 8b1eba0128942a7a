"""How many spellings of personal data are recognised, and how often other texts are masked.

`personal_data.tsv` holds spellings with the secret that must not survive, `not_personal.txt` texts
of which nothing may be masked. docs/security.md quotes the figures that these tests measure.
"""

import re
from pathlib import Path

from hub.security.masking import mask_text
from hub.security.personal_data.levelling import level
from hub.security.personal_data.span import PersonalData

FOLDER = Path(__file__).parent
NUMERALS = str.maketrans(
    "零一二三四五六七八九〇壹贰叁肆伍陆柒捌玖幺洞两拐勾oOl", "0123456789012345678910279001"
)
IN_A_SENTENCE = ("{}", "市民反映：{}，请处理。")


def spellings() -> list[tuple[str, str, str]]:
    """Return kind, text and the secret that must not survive."""
    lines = (FOLDER / "personal_data.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(kind, text, secret) for kind, text, secret in rows]


def negatives() -> list[str]:
    """Return texts without personal data."""
    lines = (FOLDER / "not_personal.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def survives(text: str, secret: str) -> bool:
    """Return whether a text contains a secret, in any spelling."""
    if secret.lower() in text.lower():
        return True
    digits = re.sub(r"\D", "", secret)
    flat = re.sub(r"[^0-9A-Za-z]", "", level(text).text.translate(NUMERALS))
    return len(digits) >= 5 and digits in flat


def test_the_set_is_large_and_of_every_kind() -> None:
    """At least 400 spellings and 300 other texts; no text occurs twice."""
    texts = [text for _, text, _ in spellings()]
    assert len(texts) >= 400
    assert len(negatives()) >= 300
    assert {kind for kind, _, _ in spellings()} == set(PersonalData)
    assert len(negatives()) == len(set(negatives()))


def test_recall_is_99_percent() -> None:
    """Of all spellings, at most one in a hundred survives its masking."""
    missed = [
        text
        for _, text, secret in spellings()
        if survives(mask_text(text), secret) or mask_text(text) == text
    ]
    assert len(missed) <= 0.01 * len(spellings()), missed


def test_false_alarms_are_half_a_percent() -> None:
    """Of texts without personal data, alone or in a sentence, at most one in 200 is changed."""
    texts = [form.format(text) for text in negatives() for form in IN_A_SENTENCE]
    changed = [text for text in texts if mask_text(text) != text]
    assert len(changed) <= 0.005 * len(texts), changed


def test_masking_the_set_twice_changes_nothing() -> None:
    """Masked forms are not recognised as personal data."""
    once = [mask_text(text) for _, text, _ in spellings()]
    assert [mask_text(text) for text in once] == once
