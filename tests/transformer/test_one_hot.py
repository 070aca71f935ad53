"""One-hot times matrix, lookup, nn.Embedding and a Linear without bias: the same bits, and where they are not."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import armillary as ar
from armillary.transformer.one_hot import ways

CHARACTERS = {"北": 0, "京": 1, "欢": 2, "迎": 3, "你": 4}
TOKENS = torch.tensor(list(CHARACTERS.values()))


def table(rows: int = 5, columns: int = 3) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(0))


def test_the_four_are_equal_bit_for_bit_on_five_characters() -> None:
    found = ways(TOKENS, table())
    assert [one.name for one in found] == ["one-hot @ W_E", "W_E[tokens]", "nn.Embedding", "nn.Linear"]
    assert all(one.equals(found[0]) for one in found)
    assert torch.equal(found[0].points, table())
    assert [one.multiplications for one in found] == [75, 0, 0, 75]
    assert all(0 < one.seconds < math.inf for one in found)


numbers = st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0)  # no -0.0


@given(arrays(np.float32, (6, 4), elements=numbers), st.lists(st.integers(0, 5), min_size=1, max_size=9))
def test_they_are_equal_for_every_finite_table(rows: np.ndarray, tokens: list[int]) -> None:
    found = ways(torch.tensor(tokens), torch.from_numpy(rows))
    assert all(one.equals(found[1]) for one in found)
    np.testing.assert_array_equal(found[1].points.numpy(), rows[tokens])


def test_another_row_that_is_not_finite_spoils_the_products_and_no_lookup() -> None:
    for bad in (math.inf, -math.inf, math.nan):
        spoiled = table(6)
        spoiled[5] = bad
        product, lookup, embedding, linear = ways(TOKENS, spoiled)
        assert product.points.isnan().all()
        assert linear.points.isnan().all()
        assert embedding.equals(lookup)
        assert torch.equal(lookup.points, table(6)[:5])


def test_a_negative_zero_loses_its_sign_in_the_products() -> None:
    signed = table()
    signed[2, 1] = -0.0
    product, lookup, embedding, _ = ways(TOKENS, signed)
    assert embedding.equals(lookup)
    assert torch.equal(product.points, lookup.points)  # equal as numbers
    assert not product.equals(lookup)  # not as bits


def test_half_the_bits_are_compared_too() -> None:
    found = ways(TOKENS, table().bfloat16())
    assert all(one.equals(found[1]) for one in found)


@pytest.mark.shelf("smollm2-135m-instruct")
@pytest.mark.long
def test_they_are_equal_on_a_real_model() -> None:
    model = ar.open("smollm2-135m-instruct")
    ids = torch.from_numpy(model.tokenizer.encode("北京欢迎你. The king looked down").astype(np.int64))
    found = ways(ids, torch.from_numpy(model.embedding.vectors.copy()))
    assert all(one.equals(found[1]) for one in found)
