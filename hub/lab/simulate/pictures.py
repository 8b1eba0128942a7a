"""Pictures of the demo's projects 演示图片: drawn by a program, one for each stage."""

import io

from PIL import Image, ImageDraw

from schemas.projects.project import STAGES, Stage

SIZE = (960, 640)
SKY, GROUND, PAPER, INK = (176, 208, 232), (150, 168, 118), (250, 248, 240), (70, 80, 90)
ON_PAPER = frozenset({Stage.PROPOSED, Stage.AGREED, Stage.APPROVED, Stage.SELECTION})
"""Stages that a paper proves; the others are proved by a picture of the place."""


def stage_picture(stage: Stage) -> bytes:
    """Return a JPEG: a page of writing, or a road that gets longer with the stage."""
    image = Image.new("RGB", SIZE, PAPER if stage in ON_PAPER else SKY)
    pen = ImageDraw.Draw(image)
    number = STAGES.index(stage)
    if stage in ON_PAPER:
        pen.rectangle((40, 40, 920, 600), outline=INK, width=3)
        for line in range(8 + number):
            top = 100 + line * 44
            pen.rectangle((100, top, 860 - (line * 67 + number * 31) % 240, top + 14), fill=INK)
    else:
        pen.rectangle((0, 360, 960, 640), fill=GROUND)
        pen.polygon(((380, 640), (580, 640), (500, 360), (460, 360)), fill=INK)
        for mark in range(number):
            top = 600 - mark * 40
            pen.rectangle((474, top, 486, top + 20), fill=PAPER)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
