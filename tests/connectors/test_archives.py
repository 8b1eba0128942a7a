"""Archives of any packing system find the attachments that a petition names."""

import io
import struct
import unicodedata
import zipfile
import zlib

import pytest

from connectors.formats.archive import entry_name
from schemas.channel import Channel
from schemas.reports.fact import Decoded
from schemas.reports.rejected import Reason
from tests.builders.workbooks import packed
from tests.connectors.messages import decode

PHOTO = b"abc"


def petition(number: str, *names: str, more: str = "") -> bytes:
    """Return a `<Petition>` that names these attachments."""
    files = "".join(f'<File name="{name}"/>' for name in names)
    return (
        f"<Petition><PetitionNo>{number}</PetitionNo><Form>来信</Form>"
        "<RegisterTime>2026-03-02 12:00</RegisterTime><Content>路灯坏了</Content>"
        f"<Attachments>{files}</Attachments>{more}</Petition>"
    ).encode()


def archive(files: dict[str, bytes]) -> Decoded:
    """Return what an archive of these files becomes."""
    return decode(Channel.PETITION_LETTERS, packed(files))


@pytest.mark.parametrize(
    ("inside", "letter", "named"),
    [
        ("照片.jpg", "letter.xml", "照片.jpg"),
        ("附件\\照片.jpg", "letter.xml", "附件/照片.jpg"),
        ("附件/照片.jpg", "letter.xml", "附件\\照片.jpg"),
        ("信访/照片.jpg", "信访/letter.xml", "照片.jpg"),
        ("信访/照片.jpg", "信访/letter.xml", "信访/照片.jpg"),
        ("附件/照片.jpg", "letter.xml", "照片.jpg"),
        ("照片.JPG", "letter.xml", "照片.jpg"),
        ("照片.jpg", "letter.xml", "./照片.jpg"),
        (unicodedata.normalize("NFD", "café.jpg"), "letter.xml", "café.jpg"),
    ],
)
def test_an_attachment_is_found_under_the_name_that_the_letter_gives(
    inside: str, letter: str, named: str
) -> None:
    """Folders, backslashes, upper case and composed characters are no obstacle."""
    [fact] = archive({letter: petition("K-1", named), inside: PHOTO}).facts
    [attachment] = fact.attachments
    assert attachment.size == len(PHOTO)
    assert attachment.name == named.replace("\\", "/").removeprefix("./")


def test_a_name_that_two_files_could_mean_is_not_guessed() -> None:
    """Two photos of one name in two folders: the petition is refused with the name."""
    decoded = archive({"a/1.jpg": b"1", "b/1.jpg": b"2", "letter.xml": petition("K-1", "1.jpg")})
    assert [fault.reason for fault in decoded.faults] == [Reason.MISSING_FIELD]
    beside = archive({"a/1.jpg": b"1", "b/1.jpg": b"22", "b/l.xml": petition("K-1", "1.jpg")})
    assert beside.facts[0].attachments[0].size == 2


def test_files_of_the_packing_system_are_counted() -> None:
    """Finder and Explorer add shadows; a shadow of a letter is no letter."""
    shadows = ("__MACOSX/._letter.xml", "._letter.xml", ".DS_Store", "信访/Thumbs.db")
    decoded = archive({"letter.xml": petition("K-1"), **dict.fromkeys(shadows, b"\0\1")})
    assert decoded.skipped == {"file of the packing system": len(shadows)}
    assert [fact.native_id for fact in decoded.facts] == ["K-1"]


def test_an_archive_inside_is_refused_unless_a_petition_names_it() -> None:
    """A batch inside the batch is no file that may be passed over."""
    inner = packed({"letter.xml": petition("K-9")})
    lost = archive({"第一批.zip": inner, "letter.xml": petition("K-1")})
    assert [fault.reason for fault in lost.faults] == [Reason.UNSUPPORTED_TYPE]
    kept = archive({"证据.zip": inner, "letter.xml": petition("K-1", "证据.zip")})
    assert (len(kept.facts[0].attachments), kept.faults) == (1, ())


def test_a_second_file_of_one_name_is_refused() -> None:
    """The first is read; the second is a rejection, not silently the only one."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        written.writestr("a.xml", petition("K-1"))
        with pytest.warns(UserWarning, match="Duplicate name"):
            written.writestr("a.xml", petition("K-2"))
    decoded = decode(Channel.PETITION_LETTERS, content.getvalue())
    assert [fact.native_id for fact in decoded.facts] == ["K-1"]
    assert [fault.reason for fault in decoded.faults] == [Reason.BAD_SYNTAX]


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_names_without_the_mark_of_utf_8_are_read(charset: str) -> None:
    """Finder writes UTF-8 and Chinese Windows GBK, both without saying so."""
    entry = zipfile.ZipInfo("照片.jpg".encode(charset).decode("cp437"))
    assert entry_name(entry) == "照片.jpg"


def test_the_unicode_path_field_wins_over_a_name_in_another_charset() -> None:
    """Info-ZIP writes the true name beside one that its charset could not hold."""
    entry = zipfile.ZipInfo("??.jpg")
    content = struct.pack("<BL", 1, zlib.crc32(b"??.jpg")) + "照片.jpg".encode()
    entry.extra = struct.pack("<HH", 0x7075, len(content)) + content
    assert entry_name(entry) == "照片.jpg"
    entry.extra = entry.extra[:4] + b"\1\0\0\0\0" + entry.extra[9:]
    assert entry_name(entry) == "??.jpg"


@pytest.mark.parametrize(
    ("magic", "name"),
    [(b"Rar!\x1a\x07", "RAR"), (b"7z\xbc\xaf\x27", "7z"), (b"\x1f\x8b\x08", "gzip")],
)
def test_other_archives_are_refused_with_their_name(magic: bytes, name: str) -> None:
    """The clerk reads which format it is and which one to use."""
    [fault] = decode(Channel.PETITION_LETTERS, magic + bytes(100)).faults
    assert name in fault.detail
    assert "ZIP" in fault.detail


def test_a_word_that_is_neither_yes_nor_no_keeps_a_petition_secret() -> None:
    """保密 in the field of 是 or 否 is kept in native, and the petitioner stays protected."""
    [fact] = archive({"a.xml": petition("K-1", more="<Secret>保密</Secret>")}).facts
    assert fact.confidential
    assert fact.native["Secret"] == "保密"
    [plain] = archive({"a.xml": petition("K-1", more="<Secret>否</Secret>")}).facts
    assert not plain.confidential
    assert "Secret" not in plain.native


def test_further_data_of_petitioners_is_kept() -> None:
    """The known fields of each petitioner are read; `native` has the others."""
    people = (
        "<Petitioners><Petitioner><Name>甲</Name><Job>教师</Job></Petitioner>"
        "<Petitioner><Name>乙</Name><Job>司机</Job></Petitioner></Petitioners>"
    )
    [fact] = archive({"a.xml": petition("K-1", more=people)}).facts
    assert [fact.contact.name, fact.others[0].name] == ["甲", "乙"]
    assert fact.native["Petitioners/Petitioner/Job"] == ["教师", "司机"]
