"""`hub backup`, `hub restore` 备份与恢复."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.settings import Settings

if TYPE_CHECKING:
    from hub.backup.manifest import Manifest


@click.command()
@click.argument("to", type=click.Path(path_type=Path))
@click.option("--without-key", is_flag=True, help="Leave out the keys that seal personal data.")
def backup(to: Path, *, without_key: bool) -> None:
    """Copy everything that the hub must keep; it may run.

    TO is a new folder on another disk. Everybody who reads it can read what the hub has received,
    unless the keys are kept elsewhere.
    """
    from hub.backup.take import take_backup

    settings = Settings()
    manifest = take_backup(settings, to, with_key=not without_key)
    size = sum(file.size for file in manifest.files)
    click.echo(f"{to}: {len(manifest.files)} files, {size} bytes")
    click.echo(_content(settings, manifest))


def _content(settings: Settings, manifest: "Manifest") -> str:
    """Return what the backup has of the keys and of the folders that settings name."""
    from hub.backup.manifest import MODELS, TOWN
    from hub.settings.town import SHIPPED_MODELS, SHIPPED_TOWN

    def folder(name: str, path: Path, shipped: Path) -> str:
        if path == shipped:
            return f"{name}: shipped, not copied (HUB_{name.upper()} is not set)"
        return f"{name}: {path}" if manifest.has(name) else f"{name}: none in {path}"

    return "; ".join(
        (
            folder(TOWN, settings.town, SHIPPED_TOWN),
            folder(MODELS, settings.models, SHIPPED_MODELS),
            f"keys: {'yes' if manifest.has_key else 'no'}",
        )
    )


@click.command()
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path))
def restore(source: Path) -> None:
    """Restore a backup into an empty data folder.

    Set HUB_DATA to the new folder. Every file is compared with the manifest of the backup.
    """
    from hub.backup.restore import restore_backup

    settings = Settings()
    manifest, remaining = restore_backup(settings, source)
    click.echo(f"{settings.data} is as the hub was at {manifest.made_at}")
    for step in remaining:
        click.echo(f"- {step}")
    click.echo("then start it: hub up")
