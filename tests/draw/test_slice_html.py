import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.draw import Scatter, chromium, slice_html
from armillary.draw.measure import legible
from armillary.draw.png import _run
from armillary.language import speaking

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "\x00\x1b[31m",
    "</script x",
    "&lt;{language}",
    "国王",
]


def page(labels=HOSTILE, axes=3, title="A slice", **changes):
    places = np.arange(len(labels) * axes, dtype=np.float64).reshape(-1, axes)
    return slice_html(Scatter(places, labels, labels[:axes], title, **changes))


class Elements(HTMLParser):
    """Names, attributes and text of all elements, as a browser's parser would see them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.inside, self.texts = [], [], {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag):
        self.inside.pop()

    def handle_data(self, data):
        if self.inside:
            self.texts.setdefault(self.inside[-1], []).append(data)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def policy(elements):
    return next(facts["content"] for tag, facts in elements.tags if facts.get("http-equiv"))


def digest(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def test_the_policy_allows_this_script_and_style_and_nothing_else():
    text = page()
    script = re.search(r"<script>(.*)</script>\n</body>", text, re.S)[1]
    style = re.search(r"<style>(.*?)</style>", text, re.S)[1]
    assert policy(Elements(text)) == (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; "
        "base-uri 'none'; form-action 'none'"
    )


def test_words_that_look_like_markup_make_no_element():
    tame, wild = Elements(page(["word"] * len(HOSTILE))), Elements(page())
    assert [tag for tag, _ in wild.tags] == [tag for tag, _ in tame.tags]
    assert not any(name.startswith("on") for _, facts in wild.tags for name in facts)
    assert {*HOSTILE} - {"\x00\x1b[31m"} <= set(wild.texts["th"])
    assert "\\x00\\x1b[31m" in wild.texts["th"]


def data_of(text):
    data = re.search(r'id="points">(.*?)</script>', text, re.S)[1]
    assert not {"<", ">", "&"} & set(data)
    return json.loads(data)


def test_hostile_words_are_in_the_data_as_they_are():
    assert data_of(page())["labels"] == [legible(word) for word in HOSTILE]


@given(st.lists(st.text(), min_size=3, max_size=5))
def test_any_words_leave_the_data_readable(labels):
    data = data_of(page(labels))
    assert len(data["labels"]) == len(labels)
    assert data["points"][1] == [3, 4, 5]


def test_the_data_hold_what_the_script_needs():
    text = page(["a", "b", "c"], 2, arrows=[(0, 2)], shares=np.array([0.0, 1.0, 0.2]))
    assert data_of(text) == {
        "labels": ["a", "b", "c"],
        "axes": ["a", "b"],
        "points": [[0, 1, 0], [2, 3, 0], [4, 5, 0]],
        "arrows": [[0, 2]],
        "paths": [],
        "quiet": [],
        "opacities": [0.25, 1, 0.4],
        "box": {"low": [0, 0, 0], "high": [4, 5, 0], "step": 1},
    }


def test_nothing_outside_is_asked_for():
    text = page()
    outside = re.findall(r"(?:https?:)?//[a-z][^\s\"']*", text)
    assert set(outside) <= {"http://www.w3.org/2000/svg"}
    assert not any({"src", "href", "style"} & set(facts) for _, facts in Elements(text).tags)


def test_the_table_holds_the_numbers():
    text = page(["a", "b", "c"], 2, shares=np.array([0.0, 1.0, 0.2]))
    assert '<tr><th scope="row">b</th><td>2.0000</td><td>3.0000</td><td>100.0%</td></tr>' in text


@pytest.mark.parametrize(("language", "tag"), [("en", "en"), ("zh", "zh-Hans")])
def test_the_page_says_its_language(language, tag):
    with speaking(language):
        assert page().startswith(f'<!DOCTYPE html>\n<html lang="{tag}">')


@pytest.mark.skipif(chromium() is None, reason="no Chromium is installed")
def test_a_browser_draws_every_word_as_text(tmp_path):
    file = tmp_path / "slice.html"
    file.write_text(page(arrows=[(0, 5)]), encoding="utf-8")
    drawn = Elements(_run(str(tmp_path), ["--dump-dom", file.as_uri()]))
    assert [tag for tag, _ in drawn.tags].count("circle") == len(HOSTILE)
    assert {*HOSTILE[:3], "\\x00\\x1b[31m", "国王"} <= set(drawn.texts["text"])
    assert "img" not in {tag for tag, _ in drawn.tags}
    (head,) = [facts for tag, facts in drawn.tags if facts.get("class") == "head"]
    assert len(head["points"].split()) == 3


def test_the_same_scatter_gives_the_same_bytes():
    assert page() == page()
