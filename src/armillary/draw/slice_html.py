"""A slice that can be turned: one HTML file that needs no network and runs no script but its own.

The page's content security policy names its script and its style sheet by their SHA-256 and allows nothing else, so
that a word which looks like markup stays a word even if an escape were missing.
"""

import base64
import hashlib
import json
from html import escape
from importlib import resources

from armillary.draw.measure import figure, legible
from armillary.draw.scatter import Scatter
from armillary.language import current, say

_PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
<p id="hint">{hint}</p>
<figure>
<svg id="view" tabindex="0" role="application" aria-label="{described}" aria-describedby="hint"></svg>
<div class="tools">
<button id="larger" type="button" aria-label="{larger}">+</button>
<button id="smaller" type="button" aria-label="{smaller}">−</button>
<button id="reset" type="button">{reset}</button>
</div>
{legend}</figure>
<noscript><p>{noscript}</p></noscript>
<details>
<summary>{numbers}</summary>
<div class="numbers">
<table>
{table}
</table>
</div>
</details>
<script type="application/json" id="points">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def slice_html(scatter: Scatter) -> str:
    """A whole HTML page with the scatter in it, to be turned by mouse, touch and arrow keys.

    Three axes are turned, two are moved; wheel, pinch, + and - enlarge; the address keeps the view. A table under the
    picture holds its numbers. The page speaks the current language (`armillary.language.speaking`).

    Args:
        scatter: points, labels, axes and arrows.

    Returns:
        The page; the same scatter gives the same bytes.
    """
    script, style = _asset("slice_view.js"), _asset("slice_view.css")
    flat = len(scatter.axes) == 2
    words = {
        "title": scatter.title or say("A slice"),
        "described": scatter.described(),
        "hint": _hint(flat),
        "larger": say("Zoom in"),
        "smaller": say("Zoom out"),
        "reset": say("Reset the view"),
        "noscript": say("The picture needs JavaScript; the numbers below do not."),
        "numbers": say("The numbers behind the picture"),
    }
    return _PAGE.format(
        language="zh-Hans" if current() == "zh" else current(),
        policy=policy(script, style),
        style=style,
        script=script,
        data=_json(scatter),
        table=_table(scatter),
        legend=_legend(scatter),
        **{name: escape(legible(text)) for name, text in words.items()},
    )


def policy(script: str, style: str) -> str:
    """The content security policy that lets exactly this script and this style sheet run, and nothing else."""
    return (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _asset(name: str) -> str:
    return resources.files("armillary.draw").joinpath(name).read_text(encoding="utf-8")


def _hint(flat: bool) -> str:
    if flat:
        return say("Drag or use the arrow keys to move; wheel, pinch, + and - to zoom; click a dot to single it out.")
    return say("Drag or use the arrow keys to turn; wheel, pinch, + and - to zoom; click a dot to single it out.")


def _json(scatter: Scatter) -> str:
    """What the script reads. No <, > or & is left in it, so no word can end the element it stands in."""
    low, high, step = scatter.box()
    flat = [0.0] if len(scatter.axes) == 2 else []
    data = {
        "labels": [legible(label) for label in scatter.labels],
        "axes": [legible(axis) for axis in scatter.axes],
        "points": [[_short(value) for value in point] + flat for point in scatter.coordinates],
        "arrows": [list(pair) for pair in scatter.arrows],
        "paths": [list(rows) for rows in scatter.paths],
        "quiet": sorted(scatter.quiet),
        "opacities": [round(opacity, 3) for opacity in scatter.opacities()],
        "box": {"low": [*map(_short, low), *flat], "high": [*map(_short, high), *flat], "step": _short(step)},
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _short(value: float) -> float:
    return float(f"{float(value):.6g}")


def _table(scatter: Scatter) -> str:
    heads = [say("label"), *scatter.axes]
    if scatter.shares is not None:
        heads.append(say("share in the slice"))
    named = "".join(f'<th scope="col">{_cell(head)}</th>' for head in heads)
    rows = [f"<thead><tr>{named}</tr></thead>", "<tbody>"]
    for row, label in enumerate(scatter.labels):
        numbers = [figure(float(value), digits=4, minus="−") for value in scatter.coordinates[row]]
        if scatter.shares is not None:
            numbers.append(f"{float(scatter.shares[row]):.1%}")
        cells = "".join(f"<td>{number}</td>" for number in numbers)
        rows.append(f'<tr><th scope="row">{_cell(label)}</th>{cells}</tr>')
    return "\n".join([*rows, "</tbody>"])


def _cell(text: str) -> str:
    return escape(legible(text))


def _legend(scatter: Scatter) -> str:
    if scatter.shares is None:
        return ""
    dots = "".join(
        f'<span><svg viewBox="0 0 10 10" aria-hidden="true"><circle cx="5" cy="5" r="5" '
        f'fill-opacity="{0.25 + 0.75 * share}"/></svg>{share:.0%}</span>'
        for share in (0.0, 0.5, 1.0)
    )
    words = _cell(say("of the vector's length lies in this slice"))
    return f'<p class="legend">{dots}<span>{words}</span></p>\n'
