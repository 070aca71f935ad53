"""Pictures: plain arrays, words and numbers in; SVG, HTML, PNG or terminal text out. No space and no model here.

    attention   who listens to whom, one head or many        attention_svg, attention_text, heads_svg
    arcs        the same from token to token                 arcs_svg
    crossing    who of one side listens to whom of another   crossing_svg, crossing_text
    chart       bars with intervals                          bars_svg, bars_text
    histogram   one value among many                         histogram_svg, histogram_text
    heat        cells without figures, many of them          heat_svg, heat_text
    lines       values over the same steps                   lines_svg, lines_text
    matrix      coloured numbers; a one-hot times a matrix   matrix_svg, matrix_text, lookup_svg
    paths       ways through a plane                         paths_text; a Scatter with paths is drawn by slice
    readings    a token's text in every cell                 readings_svg, readings_text
    slice       points, labels and arrows in 2 or 3 axes     slice_svg, slice_html
    png         any of these as a PNG                        to_png, chromium, font_notes

Each SVG is one element without ids, scripts or outside references, light and dark by `prefers-color-scheme`. Terminal
text has no colours; the caller adds them.
"""

from armillary.draw.arcs import arcs_svg
from armillary.draw.attention import attention_svg, attention_text, heads_svg, small
from armillary.draw.chart import Bar, bars_svg, bars_text
from armillary.draw.crossing import crossing_svg, crossing_text
from armillary.draw.heat import heat_svg, heat_text
from armillary.draw.histogram import histogram_svg, histogram_text
from armillary.draw.lines import Line, lines_svg, lines_text
from armillary.draw.matrix import lookup_svg, matrix_svg, matrix_text
from armillary.draw.paths import paths_text
from armillary.draw.png import chromium, font_notes, to_png
from armillary.draw.readings import Readings, readings_svg, readings_text
from armillary.draw.scatter import Scatter
from armillary.draw.slice import slice_svg
from armillary.draw.slice_html import slice_html

__all__ = [
    "Bar",
    "Line",
    "Readings",
    "Scatter",
    "arcs_svg",
    "attention_svg",
    "attention_text",
    "bars_svg",
    "bars_text",
    "chromium",
    "crossing_svg",
    "crossing_text",
    "font_notes",
    "heads_svg",
    "heat_svg",
    "heat_text",
    "histogram_svg",
    "histogram_text",
    "lines_svg",
    "lines_text",
    "lookup_svg",
    "matrix_svg",
    "matrix_text",
    "paths_text",
    "readings_svg",
    "readings_text",
    "slice_html",
    "slice_svg",
    "small",
    "to_png",
]
