"""Pictures of chosen points: the numbers behind them, as SVG and as a page."""

import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from armillary.errors import InputError, UnknownLabel
from armillary.space import Space
from armillary.space.picture import pca_picture, slice_picture, tsne_picture

FAMILY = ["king", "queen", "man", "woman"]


def test_a_slice_drops_points_onto_the_plane_of_its_axes(royal: Space) -> None:
    picture = slice_picture(royal, FAMILY, ["woman - man", "king - man"], [("man", "woman"), ("king", "queen")])
    first = royal.point("woman - man").vector.astype(float)
    second = royal.point("king - man").vector.astype(float)
    first /= np.linalg.norm(first)
    second -= second @ first * first
    second /= np.linalg.norm(second)
    for label, at, share in zip(picture.labels, picture.coordinates, picture.shares, strict=True):
        vector = royal.vector(label).astype(float)
        assert at == pytest.approx([vector @ first, vector @ second], abs=1e-5)
        assert share == pytest.approx(np.linalg.norm(at) / np.linalg.norm(vector), abs=1e-5)
    assert picture.kept == pytest.approx(picture.shares.mean())
    assert picture.arrows == ((2, 3), (0, 1))


def test_words_of_arrows_are_drawn_too_each_once(royal: Space) -> None:
    picture = slice_picture(royal, ["king", "king"], ["woman", "king"], [("man", "woman"), ("king", "queen")])
    assert picture.labels == ("king", "man", "woman", "queen")


def test_three_axes_make_a_space(royal: Space) -> None:
    picture = slice_picture(royal, FAMILY, ["woman", "king", "cats"])
    assert picture.coordinates.shape == (4, 3)
    assert len(picture.axes) == 3


def test_principal_axes_keep_the_most_variance(royal: Space) -> None:
    picture = pca_picture(royal, list(royal), 2)
    centred = royal.vectors - royal.vectors.mean(axis=0)
    variances = np.linalg.svd(centred.astype(float), compute_uv=False) ** 2
    assert picture.kept == pytest.approx(variances[:2].sum() / variances.sum(), abs=1e-5)
    assert picture.shares is None
    assert pca_picture(royal, list(royal), 3).coordinates.shape == (12, 3)


def test_a_map_keeps_neighbours(royal: Space) -> None:
    pytest.importorskip("openTSNE")
    random = np.random.default_rng(0)
    labels = [f"w{i}" for i in range(40)]
    space = Space(labels, random.standard_normal((40, 5), np.float32))
    picture = tsne_picture(space, labels)
    assert picture.coordinates.shape == (40, 2)
    assert 0 < picture.kept <= 1
    assert np.array_equal(picture.coordinates, tsne_picture(space, labels).coordinates)


def test_the_facts_are_json(royal: Space) -> None:
    picture = slice_picture(royal, ["king", "国王"], ["woman - man", "king"], [("king", "国王")])
    facts = json.loads(json.dumps(picture.facts(), allow_nan=False))
    assert set(facts) == {"method", "axes", "kept", "points", "arrows"}
    assert facts["method"] == "slice"
    assert facts["arrows"] == [["king", "国王"]]
    assert [point["label"] for point in facts["points"]] == ["king", "国王"]
    assert set(facts["points"][0]) == {"label", "at", "share"}
    assert json.loads(json.dumps(pca_picture(royal, FAMILY).facts()))["points"][0]["share"] is None


HOSTILE = "</script><script>alert(1)</script>"


@pytest.mark.parametrize("axes", [2, 3])
def test_pictures_are_whole_and_hostile_labels_stay_text(axes: int) -> None:
    space = Space([HOSTILE, "b", "c", "d\x1b[31m"], np.eye(4, dtype=np.float32) + 0.1)
    picture = slice_picture(space, list(space), ["b", "c", "b + c + d\x1b[31m"][:axes])
    svg = ET.fromstring(picture.svg())
    assert svg.tag.endswith("svg")
    assert not [element for element in svg.iter() if element.tag.endswith("script")]
    assert ET.fromstring(picture._repr_html_()).tag.endswith("svg")
    page = picture.html()
    assert "<script>alert" not in page
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


def test_what_cannot_be_drawn_is_refused(royal: Space) -> None:
    with pytest.raises(InputError, match="no words"):
        slice_picture(royal, [], ["king", "queen"])
    with pytest.raises(UnknownLabel, match="'quen'"):
        slice_picture(royal, ["quen"], ["king", "queen"])
    with pytest.raises(UnknownLabel):
        slice_picture(royal, ["king"], ["king", "quen"])
    for axes in (["king"], ["king"] * 2, ["king", "king + king"], ["king", "queen", "man", "woman"]):
        with pytest.raises(InputError):
            slice_picture(royal, ["king"], axes)
    with pytest.raises(InputError):
        pca_picture(royal, ["king"])
