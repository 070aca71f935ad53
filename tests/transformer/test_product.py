"""x W in its ways: the sum of W's rows that all cores make, and the matrix product by either library."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from armillary.transformer import product
from armillary.transformer.product import times


@given(st.integers(1, 40), st.integers(1, 12), st.booleans(), st.sampled_from([torch.float32, torch.bfloat16]))
def test_a_single_point_is_multiplied_as_many_are(d_in: int, quarter: int, bias: bool, dtype: torch.dtype) -> None:
    random = torch.Generator().manual_seed(d_in * 100 + quarter)
    W = torch.randn(d_in, 4 * quarter, generator=random).to(dtype)
    x = torch.randn(1, 1, d_in, generator=random).to(dtype)
    b = torch.randn(4 * quarter, generator=random).to(dtype) if bias else None
    true = functional.linear(x.double(), W.double().T, None if b is None else b.double())
    with torch.no_grad():
        found = times(x, W, b)
    assert found.dtype == dtype
    assert found.shape == (1, 1, 4 * quarter)
    # In half precision the product is rounded, and the sum with the bias once more.
    torch.testing.assert_close(found.double(), true, rtol=0, atol=1e-5 if dtype == torch.float32 else 0.15)


@pytest.mark.parametrize(("x", "W"), [
    (torch.ones(1, 2, 6), torch.ones(6, 8)),          # two points
    (torch.ones(1, 1, 6), torch.ones(8, 6).T),        # rows of W that are not in a row in memory
    (torch.ones(1, 1, 6), torch.ones(6, 7)),          # columns that cannot be shared evenly
    (torch.ones(1, 1, 6).half(), torch.ones(6, 8).half()),
])
def test_what_the_sum_is_not_made_for_is_a_matrix_product(
    x: torch.Tensor, W: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "embedding_bag", None)
    with torch.no_grad():
        assert (times(x, W) == 6).all()


def test_gradients_flow_through_a_single_point() -> None:
    x, W = torch.randn(1, 1, 6, requires_grad=True), torch.randn(6, 8, requires_grad=True)
    times(x, W).sum().backward()
    torch.testing.assert_close(x.grad, W.sum(1).detach().view(1, 1, 6))
    torch.testing.assert_close(W.grad, x.detach().view(6, 1).expand(6, 8))


ONLY_X86 = pytest.mark.skipif(not product._FAST, reason="the fast ways are for processors of the x86 kind")


@ONLY_X86
def test_the_sum_is_really_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product, "_product", None)
    with torch.no_grad():
        assert (times(torch.ones(1, 1, 6), torch.ones(6, 8)) == 6).all()


@ONLY_X86
@pytest.mark.parametrize(("x", "W"), [
    (torch.ones(1, 2, 6).bfloat16(), torch.ones(6, 8).bfloat16()),
    (torch.ones(1, 1, 6), torch.ones(8, 6).T),
])
def test_onednn_is_really_taken(x: torch.Tensor, W: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functional, "linear", None)
    with torch.no_grad():
        assert (times(x, W) == 6).all()


def test_many_points_in_float32_are_added_up_with_the_smaller_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product, "_ONEDNN", lambda *_: pytest.fail("oneDNN was asked"))
    with torch.no_grad():
        assert (times(torch.ones(1, 2, 6), torch.ones(6, 8)) == 6).all()


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=3), st.integers(1, 40), st.integers(1, 40), st.booleans(),
    st.booleans(), st.booleans(), st.sampled_from([torch.float32, torch.bfloat16, torch.float64]),
)
def test_both_libraries_make_the_same_product(
    shape: list[int], d_in: int, d_out: int, turned: bool, strided: bool, bias: bool, dtype: torch.dtype
) -> None:
    random = torch.Generator().manual_seed(d_in * 100 + d_out)
    W = torch.randn(d_out, d_in, generator=random).to(dtype).T
    W = W if turned else W.contiguous()
    x = torch.randn(*shape, d_in * 2, generator=random).to(dtype)[..., ::2]
    x = x if strided else x.contiguous()
    b = torch.randn(d_out, generator=random).to(dtype) if bias else None
    with torch.no_grad():
        found = product._product(x, W, b)
        true = functional.linear(x.double(), W.double().T, None if b is None else b.double())
    assert found.dtype == dtype
    torch.testing.assert_close(found.double(), true, rtol=0, atol=0.15 if dtype == torch.bfloat16 else 2e-5)


@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("d_out", [7, 12, 14])
def test_a_wide_matrix_is_multiplied_in_stretches_of_columns(
    turned: bool, bias: bool, d_out: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product, "_COLUMNS", 3)
    monkeypatch.setattr(product, "_WIDE", 2)
    random = torch.Generator().manual_seed(d_out)
    W = torch.randn(d_out, 5, generator=random).T
    x = torch.randn(2, 4, 10, generator=random)[..., ::2]
    b = torch.randn(d_out, generator=random) if bias else None
    true = functional.linear(x, W.T, b)
    monkeypatch.setattr(functional, "linear", lambda *_: pytest.fail("it was taken as a whole"))
    with torch.no_grad():
        torch.testing.assert_close(times(x, W if turned else W.contiguous(), b), true, rtol=0, atol=1e-5)


def test_many_points_of_a_model_that_learns_keep_a_record() -> None:
    x, W = torch.randn(1, 3, 6), torch.randn(6, 8, requires_grad=True)
    times(x, W).sum().backward()
    torch.testing.assert_close(W.grad, x.sum(1).view(6, 1).expand(6, 8))
