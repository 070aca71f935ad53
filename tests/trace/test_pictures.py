"""What a notebook shows of a run, journeys side by side, and what norms do to a point."""

import numpy as np
import pytest
import torch

from armillary.errors import InputError
from armillary.trace.contributions import Contribution, Contributions
from armillary.trace.journeys import journeys
from armillary.trace.norms import norms
from armillary.trace.pictures import bars, blocks_svg, head_arcs_svg, head_svg, named, small_patterns
from tests.draw.svg_reading import SPACE, parse, words
from tests.trace.small import DECODERS, run


@pytest.mark.parametrize("name", DECODERS)
def test_notebooks_draw_what_is_asked(name: str) -> None:
    found = run(name)
    assert {"t3", "t6"} <= set(words(found._repr_html_()))
    assert len(list(parse(found.attention(1)._repr_html_()).iter(f"{SPACE}image"))) == 5  # four heads and the scale
    assert len(list(parse(blocks_svg(found)).iter(f"{SPACE}image"))) == 13
    turned = small_patterns(found.attention(1), columns=True)
    assert all((turned[head][0] == found.attention(1).pattern(head)[:, 0]).all() for head in range(4))
    lens = found.lens([2, 5])
    drawn = words(lens._repr_html_())
    assert {"t4", "t9"} <= set(drawn)
    assert lens.tokens == ("t4", "t9")
    contributions = found.contributions()
    assert f"{contributions.score:.3f}" in contributions._repr_html_()
    for svg in (head_svg(found.attention(0), 1, columns=True), head_arcs_svg(found.attention(0), 1, 7)):
        assert "t6" in words(svg)


def test_an_encoder_in_a_notebook_shows_its_tokens() -> None:
    found = run("post, both ways, transform")
    assert "t3" in found._repr_html_()


def test_the_largest_parts_come_first_and_the_rest_are_summed() -> None:
    parts = tuple(Contribution(f"{block}.mlp_out", score) for block, score in enumerate((0.5, -3.0, 2.0, 0.25)))
    found = Contributions(1, "t", 0, (*parts, Contribution("embed", 1.0)), 0.75, 0.0, 1.0)
    drawn = bars(found, 2)
    assert [(bar.label, bar.value) for bar in drawn] == [
        ("block 1, MLP", -3.0), ("block 2, MLP", 2.0), ("all 3 others", 1.75)]
    assert [named(Contribution(part, 0.0)) for part in ("embed", "5.z.3", "5.b_O", "biases")] == [
        "embedding", "block 5, head 3", "5.b_O", "biases at the end"]


def test_journeys_are_compared_layer_by_layer() -> None:
    found = run("rotary, rms, gated")
    ways = journeys([(found, 1), (found, 3)])  # the same token twice
    one, other = (found.journey(position).vectors for position in (1, 3))
    cosine = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    np.testing.assert_allclose(ways.cosines[:, 0, 1], cosine, atol=1e-5)
    assert ways.cosines[0, 0, 1] == pytest.approx(1)
    assert ways.from_start[0, 0] == pytest.approx(1)
    np.testing.assert_allclose(ways.lengths[1], np.linalg.norm(other, axis=1), rtol=1e-5)
    scatter = ways.scatter()
    np.testing.assert_allclose(scatter.coordinates[0], scatter.coordinates[4], atol=1e-6)  # one start
    np.testing.assert_allclose(scatter.coordinates[3], -scatter.coordinates[7], atol=1e-6)  # less their mean
    assert [list(path) for path in scatter.paths] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    for svg in (ways.svg(), ways.lines_svg()):
        assert any("t1" in word for word in words(svg))
    assert "<script" in ways.html()
    assert ways._repr_html_() == ways.svg()
    assert ways.lines_text().splitlines()[0].lstrip().startswith("a / b")


def test_journeys_that_do_not_part_are_drawn_as_one_way() -> None:
    runs = [run("rotary, rms, gated", ids=ids) for ids in ([3, 1, 4], [3, 1, 5])]
    ways = journeys([(found, 1) for found in runs])  # what comes after changes nothing
    assert not ways.part
    assert len(np.unique(ways.scatter().coordinates[:4].round(4), axis=0)) == 4
    assert ways.scatter().title == "From layer 0 to layer 3"


def test_a_journey_alone_is_compared_with_its_start_and_drawn_along_axes() -> None:
    found = run("rotary, rms, gated")
    ways = journeys([(found, 5)])
    assert [line.name for line in ways.lines()] == ["with its start", "with the layer before"]
    d_model = ways.points.shape[2]
    axes = np.eye(2, d_model, dtype=np.float32)
    scatter = ways.scatter(2, axes, ("x", "y"))
    np.testing.assert_allclose(scatter.coordinates, ways.directions[0][:, :2], atol=1e-6)
    with pytest.raises(InputError):
        journeys([])
    with pytest.raises(InputError):
        journeys([(found, 99)])


@pytest.mark.parametrize("name", [*DECODERS, "post, both ways, transform"])
def test_norms_are_the_models_own(name: str) -> None:
    found = run(name)
    told = {one.place: one for one in norms(found, 3)}
    layer = name == "learned positions, layer norms" or name.startswith("post")
    for one in told.values():
        assert one.kind == ("layer" if layer else "rms")
        if layer:
            assert one.scaled.mean == pytest.approx(0, abs=1e-6)
            assert one.scaled.deviation == pytest.approx(1, abs=1e-2)
        else:
            assert one.scaled.mean**2 + one.scaled.deviation**2 == pytest.approx(1, abs=1e-2)
            assert np.sign(one.scaled.mean) == np.sign(one.before.mean)  # it does not centre
            assert one.bias is None
    if found.model.final_norm is not None:
        last = found.final[3].double()
        assert told["final_norm"].after.mean == pytest.approx(last.mean().item(), abs=1e-5)
        assert told["final_norm"].after.deviation == pytest.approx(torch.std(last, correction=0).item(), abs=1e-5)
    if name.startswith("post"):
        point = found.layer(1).vectors[3]
        assert told["0.after_mlp"].after.mean == pytest.approx(point.mean(), abs=1e-5)
