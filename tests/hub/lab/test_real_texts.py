"""Real texts are read from a folder, judged by label, and learnt from."""

import csv
import lzma
from pathlib import Path

import pytest

from hub.lab.evaluation.real_texts import RealText, evaluate_texts, read_texts, to_text
from hub.runtime.errors import HubError
from hub.settings.town import SHIPPED_MODELS
from hub.town.models import load_matcher

LAMP = RealText("", "整条街的路灯都不亮了，晚上黑得看不见路。", "城乡建设")
WAGES = RealText("工资", "老板拖欠我们五个人三个月工资不发。", "劳动和社会保障")


def folder_of(path: Path, *texts: RealText) -> Path:
    """Write a folder of real texts."""
    (path / "data").mkdir()
    with lzma.open(path / "data" / "texts.csv.xz", "wt", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("title", "content", "label"))
        rows.writerows((text.title, text.content, text.label) for text in texts)
    return path


def test_a_folder_is_measured(tmp_path: Path) -> None:
    """Texts whose family is right count as right; the table shows each label."""
    folder = folder_of(tmp_path, LAMP, WAGES)
    figures = evaluate_texts(folder, load_matcher(SHIPPED_MODELS).classifier)
    assert figures["categories"]["texts"] == 2
    assert figures["categories"]["right"] == 1
    assert "劳动和社会保障" in to_text(figures)


def test_a_leaf_is_judged_by_the_label() -> None:
    """A leaf of the label's families is right, a fair reading tolerable, another one wrong."""
    assert WAGES.verdict("labour.contract") == "right"
    assert WAGES.verdict("welfare.relief") == "tolerable"
    assert WAGES.verdict("transport.bus") == "wrong"
    assert RealText("", "请问工资怎么算？", WAGES.label).verdict("governance.policy") == "tolerable"


def test_a_label_admits_its_leaves_only() -> None:
    """What is wrong for a label is never learnt; what several labels share weighs little."""
    leaves = LAMP.possible_leaves()
    assert leaves["facility.streetlight"] == 1
    assert leaves["environment.garbage"] < 0.5
    assert "education.school" not in leaves


@pytest.mark.parametrize("label", ["", "别的"])
def test_an_unknown_label_is_refused(tmp_path: Path, label: str) -> None:
    """A folder with other labels cannot be measured, and the message says so."""
    folder = folder_of(tmp_path, RealText("", "路灯不亮", label))
    with pytest.raises(HubError, match="unknown labels"):
        read_texts(folder)


def test_a_folder_without_texts_is_refused(tmp_path: Path) -> None:
    """The message names the file that is missing."""
    with pytest.raises(HubError, match=r"texts\.csv\.xz"):
        read_texts(tmp_path)


def test_a_row_without_a_label_is_an_error(tmp_path: Path) -> None:
    """The message names the file; a short row is never measured."""
    folder = folder_of(tmp_path)
    with lzma.open(folder / "data" / "texts.csv.xz", "wt", encoding="utf-8") as file:
        file.write("title,content,label\n标题,内容\n")
    with pytest.raises(HubError, match=r"texts\.csv\.xz has unknown labels"):
        read_texts(folder)
