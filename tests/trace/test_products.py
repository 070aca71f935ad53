"""Every matrix holds what stands at its place, and every number of a product is its row times its column."""

import numpy as np
import pytest

from armillary.errors import InputError, NotFound
from armillary.trace.products import matrices, matrix
from tests.trace.small import DECODERS, IDS, run

ALL = slice(None)


@pytest.mark.parametrize("name", DECODERS)
def test_products_make_what_stands_at_the_places(name: str) -> None:
    looked = run(name)
    found = matrices(looked, 1, 1)
    assert {"x_attn", "W_Q", "q", "scores", "pattern", "z", "attn_out", "mlp_out", "resid_post"} <= set(found)
    products = 0
    for one in found.values():
        rows, columns = one.shape
        whole = one.window(ALL, ALL)
        assert whole.shape == (rows, columns)
        assert rows == len(IDS) or one.rows == "number"
        cell = one.cell(rows - 1, columns // 2)
        if cell is None:
            continue
        products += 1
        assert cell.value == pytest.approx(float(whole[rows - 1, columns // 2]), abs=1e-5)
        assert cell.sum * cell.factor + cell.bias == pytest.approx(cell.value, abs=1e-4), one.name
    assert products >= 6
    np.testing.assert_allclose(found["z"].window(ALL, ALL), looked["1.z.1"][0])
    np.testing.assert_allclose(found["q"].window(ALL, ALL), looked["1.q.1"][0])
    np.testing.assert_allclose(found["resid_post"].window(ALL, ALL), looked["1.resid_post"])


def test_scores_of_the_vocabulary_are_the_last_product() -> None:
    looked = run(DECODERS[0])
    logits = matrix(matrices(looked, 0, 0), "logits")
    np.testing.assert_allclose(logits.window(slice(2, 3), ALL), looked.scores([2]), atol=1e-5)
    assert logits.columns == "vocabulary"


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(NotFound, match="no matrix 'W_X' in this block; it has resid_pre, x_attn"):
        matrix(matrices(run(DECODERS[0]), 0, 0), "W_X")
    with pytest.raises(InputError, match="no head 99"):
        matrices(run(DECODERS[0]), 0, 99)
