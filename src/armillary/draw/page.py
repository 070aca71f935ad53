"""An SVG as a whole HTML page that needs no network and may run nothing."""

from html import escape
from xml.etree import ElementTree

from armillary.language import current

_PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
{picture}</body>
</html>
"""


def page(picture: str) -> str:
    """A page that shows `picture`, one of this package's SVG elements, under its own name."""
    title = ElementTree.fromstring(picture).attrib["aria-label"]
    return _PAGE.format(language="zh-Hans" if current() == "zh" else current(), title=escape(title), picture=picture)
