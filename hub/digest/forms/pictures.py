"""Small pictures of a digest 小图: lines of successive days, maps, QR codes, as drawings.

One drawing serves the PDF and, as SVG, the HTML page and Markdown.
"""

from itertools import pairwise
from math import cos, pi

import segno
from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Circle, Drawing, Path, PolyLine, Rect, String
from reportlab.lib.colors import Color, HexColor, linearlyInterpolatedColor

from hub.digest.document import Map, Region, Sparkline
from hub.digest.forms.plots import FONT, INK, WEB_FONTS

LINE = HexColor("#1f5f8b")
LAST = HexColor("#b3261e")
PALE, DARK = HexColor("#eef3f7"), HexColor("#1f5f8b")
BORDER = HexColor("#ffffff")
SPARK_WIDTH, SPARK_HEIGHT = 72.0, 18.0
QR_SIZE = 44.0
MAP_WIDTH, MAP_HEIGHT = 300.0, 210.0
LABEL_SIZE = 8
DARK_SHARE = 0.55
"""Share of the highest number from which labels are white."""


def as_svg(drawing: Drawing) -> str:
    """Return a drawing as SVG; texts stay texts, in a Chinese font of the reader."""
    svg: str = renderSVG.drawToString(drawing)
    return svg.replace(FONT, WEB_FONTS)


def sparkline(line: Sparkline) -> Drawing:
    """Return a small line over the days, from zero to its highest value; the last day is marked."""
    drawing = Drawing(SPARK_WIDTH, SPARK_HEIGHT)
    values = line.values
    if len(values) < 2:
        return drawing
    highest, inset = max(*values, 1.0), 2.5
    step = (SPARK_WIDTH - 2 * inset) / (len(values) - 1)
    points = [
        (inset + step * index, inset + (SPARK_HEIGHT - 2 * inset) * value / highest)
        for index, value in enumerate(values)
    ]
    flat = [coordinate for point in points for coordinate in point]
    drawing.add(PolyLine(flat, strokeColor=LINE, strokeWidth=1))
    drawing.add(Circle(*points[-1], 1.8, fillColor=LAST, strokeColor=None))
    return drawing


def blocks(line: Sparkline) -> str:
    """Return a small line as text, for Markdown: one of eight heights for each day."""
    highest = max(line.values, default=0.0) or 1.0
    return "".join("▁▂▃▄▅▆▇█"[round(7 * value / highest)] for value in line.values)


def qr_code(url: str, size: float = QR_SIZE) -> Drawing:
    """Return the QR code (ISO/IEC 18004, level M) of an address, with its quiet zone."""
    code = segno.make(url, error="m", micro=False)
    rows = [list(row) for row in code.matrix_iter(border=2)]
    module = size / len(rows)
    drawing = Drawing(size, size)
    drawing.add(Rect(0, 0, size, size, fillColor=HexColor("#ffffff"), strokeColor=None))
    path = Path(fillColor=HexColor("#000000"), strokeColor=None)
    for number, row in enumerate(rows):
        top = size - number * module
        edges = [0, *(n for n, (a, b) in enumerate(pairwise(row), 1) if a != b), len(row)]
        for start, end in pairwise(edges):
            if row[start]:
                _box(path, start * module, top - module, end * module, top)
    drawing.add(path)
    return drawing


def _box(path: Path, left: float, bottom: float, right: float, top: float) -> None:
    path.moveTo(left, bottom)
    path.lineTo(right, bottom)
    path.lineTo(right, top)
    path.lineTo(left, top)
    path.closePath()


def shaded_map(shown: Map, width: float = MAP_WIDTH, height: float = MAP_HEIGHT) -> Drawing:
    """Return areas shaded by their numbers, each with name and number, and a legend.

    North is up; a degree of longitude is as wide as it is at the middle of the map.
    """
    drawing = Drawing(width, height)
    drawing.add(Rect(0, 0, width, height, fillColor=HexColor("#ffffff"), strokeColor=None))
    drawing.add(_text(4, height - 12, shown.title, 9))
    points = [point for region in shown.regions for ring in region.rings for point in ring]
    if not points:
        return drawing
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    west, south = min(lons), min(lats)
    squeeze = cos((south + max(lats)) / 2 * pi / 180)
    wide, high = (max(lons) - west) * squeeze or 1.0, max(lats) - south or 1.0
    scale = min((width - 8) / wide, (height - 44) / high)
    left = (width - wide * scale) / 2
    highest = max(region.value for region in shown.regions)

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return left + (point[0] - west) * squeeze * scale, 24 + (point[1] - south) * scale

    for region in shown.regions:
        _region(drawing, region, place, highest)
    for region in shown.regions:
        _label(drawing, region, place, highest)
    _legend(drawing, width, highest)
    return drawing


def _region(drawing: Drawing, region: Region, place: object, highest: int) -> None:
    path = Path(fillColor=_shade(region.value, highest), strokeColor=BORDER, strokeWidth=0.4)
    for ring in region.rings:
        for number, point in enumerate(ring):
            (path.lineTo if number else path.moveTo)(*place(point))  # type: ignore[operator]
        path.closePath()
    drawing.add(path)


def _label(drawing: Drawing, region: Region, place: object, highest: int) -> None:
    placed = [place(point) for ring in region.rings for point in ring]  # type: ignore[operator]
    if not placed:
        return
    middle = (min(x for x, _ in placed) + max(x for x, _ in placed)) / 2
    level = (min(y for _, y in placed) + max(y for _, y in placed)) / 2
    dark = region.value > DARK_SHARE * max(highest, 1)
    colour = HexColor("#ffffff") if dark else INK
    text = _text(middle, level + 1, region.name, LABEL_SIZE, colour)
    number = _text(middle, level - 9, str(region.value), LABEL_SIZE, colour)
    text.textAnchor = number.textAnchor = "middle"
    drawing.add(text)
    drawing.add(number)


def _legend(drawing: Drawing, width: float, highest: int) -> None:
    steps, size = 5, 16
    left = width - steps * size - 46
    drawing.add(_text(left - 12, 6, "0", LABEL_SIZE))
    for step in range(steps):
        shade = _shade(step, steps - 1)
        box = Rect(left + step * size, 5, size, 8, fillColor=shade, strokeColor=None)
        drawing.add(box)
    drawing.add(_text(left + steps * size + 4, 6, f"{highest}人", LABEL_SIZE))


def _shade(value: int, highest: int) -> Color:
    return linearlyInterpolatedColor(PALE, DARK, 0, max(highest, 1), value)


def _text(x: float, y: float, text: str, size: float, colour: Color = INK) -> String:
    return String(x, y, text, fontName=FONT, fontSize=size, fillColor=colour)
