"""Reads what an SVG shows, for tests."""

from xml.etree import ElementTree

from armillary.draw.labels import Box
from armillary.draw.measure import text_width

SPACE = "{http://www.w3.org/2000/svg}"


def parse(svg):
    return ElementTree.fromstring(svg.encode())


def words(svg):
    """Every text drawn, in order."""
    return [element.text for element in parse(svg).iter(f"{SPACE}text")]


def tips(svg):
    """What the mouse is told about each dot."""
    return [element.text for element in parse(svg).iterfind(f".//{SPACE}circle/{SPACE}title")]


def label_boxes(svg):
    """Word -> box of every label drawn on top of the picture."""
    boxes = {}
    for element in parse(svg).iter(f"{SPACE}text"):
        if "halo" in element.get("class"):
            size = float(element.get("font-size"))
            wide, x, y = text_width(element.text, size), float(element.get("x")), float(element.get("y"))
            left = {"start": x, "middle": x - wide / 2, "end": x - wide}[element.get("text-anchor")]
            boxes[element.text] = Box(left, y - size, left + wide, y)
    return boxes
