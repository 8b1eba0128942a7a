"""What a folder has, to compare a data folder with its backup; and the key of the tests' folder."""

from pathlib import Path

KEY = "ab" * 32 + "\n"


def contents(folder: Path) -> dict[str, bytes | str]:
    """Return the content of each file below a folder, and the target of each link."""
    contents: dict[str, bytes | str] = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            contents[name] = str(path.readlink())
        elif path.is_file() and path.suffix not in (".lock", ".db"):
            contents[name] = path.read_bytes()
    return contents
