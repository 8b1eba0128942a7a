"""The program that draws an image anew 绘图进程: an image on stdin, a smaller JPEG on stdout.

It runs in a process of its own with limits of memory, time and open files, because decoders of
images have had faults. Its argument names what it draws, a key of `DRAWINGS`. Exit codes: 0 drawn,
3 no image of these formats, 4 too many pixels.
"""

import io
import resource
import sys
from typing import NamedTuple

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""Formats that are decoded. SVG and HTML are documents with scripts, HEIC needs another decoder."""
MOST_PIXELS = 60_000_000


class Drawing(NamedTuple):
    """Pixels of the longer side at most, JPEG quality, and formats that are read."""

    side: int
    quality: int
    formats: tuple[str, ...]


DRAWINGS = {
    "thumbnail": Drawing(480, 80, FORMATS),
    # What the hub keeps: large enough to read a number plate or a notice on a wall.
    "photo": Drawing(1600, 82, ("JPEG", "PNG")),
}
MEMORY, SECONDS, FILES = 1 << 30, 10, 64
NO_IMAGE, TOO_MANY_PIXELS = 3, 4


def limit(seconds: int = SECONDS) -> None:
    """Limit this process; what it wants beyond that fails. `seconds` are of the processor."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def draw(data: bytes, drawing: Drawing) -> bytes:
    """Return a JPEG of at most `drawing.side` pixels a side, upright, without metadata.

    Raises `ValueError` with the exit code.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(data), formats=drawing.formats) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(TOO_MANY_PIXELS)
            image.draft("RGB", (drawing.side * 2, drawing.side * 2))
            upright = ImageOps.exif_transpose(image) or image
            upright.thumbnail((drawing.side, drawing.side))
            canvas = Image.new("RGB", upright.size, "white")
            clear = upright.convert("RGBA")
            canvas.paste(clear, mask=clear.getchannel("A"))
    except Image.DecompressionBombError as error:
        raise ValueError(TOO_MANY_PIXELS) from error
    except (UnidentifiedImageError, OSError, SyntaxError, MemoryError, EOFError) as error:
        raise ValueError(NO_IMAGE) from error
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=drawing.quality)
    return out.getvalue()


def main() -> int:
    """Draw the image on stdin as the argument says; return the exit code."""
    limit()
    try:
        sys.stdout.buffer.write(draw(sys.stdin.buffer.read(), DRAWINGS[sys.argv[1]]))
    except ValueError as error:
        return error.args[0] if error.args and isinstance(error.args[0], int) else NO_IMAGE
    return 0


if __name__ == "__main__":
    sys.exit(main())
