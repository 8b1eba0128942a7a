"""Plots of a digest 图: one drawing for SVG and PDF, by ReportLab."""

from reportlab.graphics import renderSVG
from reportlab.graphics.charts.barcharts import HorizontalBarChart
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from hub.digest.document import Plot

FONT = "STSong-Light"
"""A font that PDF viewers have for Chinese (Adobe-GB1): nothing is embedded or installed."""
WEB_FONTS = "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',sans-serif"
COLOURS = (HexColor("#9aa7b5"), HexColor("#b3261e"), HexColor("#1f5f8b"))
INK = HexColor("#202830")
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 520, 170, 20, 46, 26
ROW = 24
LINE_HEIGHT = 150
MOST_LABELS, MOST_LINES = 10, 6

pdfmetrics.registerFont(UnicodeCIDFont(FONT))


def drawing(plot: Plot) -> Drawing:
    """Return a plot as a drawing."""
    return _bars(plot) if plot.kind == "bars" else _line(plot)


def svg(plot: Plot) -> str:
    """Return a plot as SVG; texts stay texts, in a Chinese font of the reader."""
    svg: str = renderSVG.drawToString(drawing(plot))
    return svg.replace(FONT, WEB_FONTS)


def _framed(plot: Plot, height: int) -> Drawing:
    drawing = Drawing(WIDTH, height)
    drawing.add(Rect(0, 0, WIDTH, height, fillColor=HexColor("#ffffff"), strokeColor=None))
    drawing.add(String(8, height - 16, plot.title, fontName=FONT, fontSize=12, fillColor=INK))
    left = 8.0
    if len(plot.series) > 1:
        for (name, _), colour in zip(plot.series, _colours(plot), strict=False):
            drawing.add(Rect(left, height - 34, 9, 9, fillColor=colour, strokeColor=None))
            drawing.add(
                String(left + 13, height - 33, name, fontName=FONT, fontSize=9, fillColor=INK)
            )
            left += 30 + 10 * len(name)
    return drawing


def _colours(plot: Plot) -> tuple[HexColor, ...]:
    return COLOURS if len(plot.series) > 1 else COLOURS[2:]


def _bars(plot: Plot) -> Drawing:
    height = TOP + BOTTOM + ROW * max(len(plot.labels), 1)
    drawing = _framed(plot, height)
    chart = HorizontalBarChart()
    chart.x, chart.y = LEFT, BOTTOM
    chart.width, chart.height = WIDTH - LEFT - RIGHT - 20, height - TOP - BOTTOM
    chart.data = [list(values) for _, values in plot.series]
    chart.categoryAxis.categoryNames = list(plot.labels)
    chart.categoryAxis.reverseDirection = 1
    _rule(chart, plot)
    chart.barLabelFormat = "{:g}".format
    chart.barLabels.fontSize = 8
    chart.barLabels.boxAnchor = "w"
    chart.barLabels.dx = 3
    chart.groupSpacing = 6
    for index, colour in zip(range(len(plot.series)), _colours(plot), strict=False):
        chart.bars[index].fillColor = colour
        chart.bars[index].strokeColor = None
    drawing.add(chart)
    return drawing


def _rule(chart: HorizontalBarChart | HorizontalLineChart, plot: Plot) -> None:
    """Set what the axes of all plots have in common."""
    names, values = chart.categoryAxis, chart.valueAxis
    names.labels.fontName, names.labels.fontSize = FONT, 8
    names.strokeColor, names.visibleTicks = INK, 0
    values.valueMin, values.valueStep, values.labelTextFormat = 0, _step(plot), "%d"
    values.labels.fontSize, values.strokeColor = 8, None
    values.visibleGrid, values.gridStrokeColor = 1, HexColor("#e3e7eb")


def _step(plot: Plot) -> int:
    """Return the distance of some five grid lines: whole, as people are counted."""
    highest = max((value for _, values in plot.series for value in values), default=1.0)
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if highest / step <= MOST_LINES:
                return step
        size *= 10


def _line(plot: Plot) -> Drawing:
    height = TOP + BOTTOM + LINE_HEIGHT
    drawing = _framed(plot, height)
    chart = HorizontalLineChart()
    chart.x, chart.y = 40, BOTTOM
    chart.width, chart.height = WIDTH - 40 - RIGHT, LINE_HEIGHT
    chart.data = [list(values) for _, values in plot.series]
    every = -(-len(plot.labels) // MOST_LABELS)
    chart.categoryAxis.categoryNames = [
        label if index % every == 0 else "" for index, label in enumerate(plot.labels)
    ]
    _rule(chart, plot)
    for index, colour in zip(range(len(plot.series)), _colours(plot), strict=False):
        chart.lines[index].strokeColor = colour
        chart.lines[index].strokeWidth = 1.6
    drawing.add(chart)
    return drawing
