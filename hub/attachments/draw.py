"""The program that draws a thumbnail 缩略图进程: an image on stdin, a small JPEG on stdout.

It runs in a process of its own with limits of memory, time and open files, because decoders of
images have had faults. Exit codes: 0 drawn, 3 no image of these formats, 4 too many pixels.
"""

import io
import resource
import sys

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
"""Formats that are decoded. SVG and HTML are documents with scripts, HEIC needs another decoder."""
MOST_PIXELS = 60_000_000
SIDE = 480
MEMORY, SECONDS, FILES = 1 << 30, 10, 64
NO_IMAGE, TOO_MANY_PIXELS = 3, 4


def limit() -> None:
    """Limit this process; what it wants beyond that fails."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def draw(data: bytes) -> bytes:
    """Return a JPEG of at most `SIDE` pixels a side, upright, without metadata.

    Raises `ValueError` with the exit code.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(TOO_MANY_PIXELS)
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(image) or image
            upright.thumbnail((SIDE, SIDE))
            canvas = Image.new("RGB", upright.size, "white")
            clear = upright.convert("RGBA")
            canvas.paste(clear, mask=clear.getchannel("A"))
    except Image.DecompressionBombError as error:
        raise ValueError(TOO_MANY_PIXELS) from error
    except (UnidentifiedImageError, OSError, SyntaxError, MemoryError, EOFError) as error:
        raise ValueError(NO_IMAGE) from error
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=80)
    return out.getvalue()


def main() -> int:
    """Draw the image on stdin; return the exit code."""
    limit()
    try:
        sys.stdout.buffer.write(draw(sys.stdin.buffer.read()))
    except ValueError as error:
        return error.args[0] if error.args and isinstance(error.args[0], int) else NO_IMAGE
    return 0


if __name__ == "__main__":
    sys.exit(main())
