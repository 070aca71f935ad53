"""Shapes of functions within functions are held at every call, though their checks are made once."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from beartype import beartype
from jaxtyping import TypeCheckError, jaxtyped

from armillary.shapes import Float32

Checked = Callable[[Any], Any]


def outer(kind: Any, given: object = None) -> Checked:
    @jaxtyped(typechecker=beartype)
    def inner(x: kind, other: object = given) -> Float32[np.ndarray, "n"]:
        return x if other is None else other

    return inner


def test_each_new_function_checks_what_comes_in_and_out() -> None:
    right = np.zeros(3, np.float32)
    for _ in range(3):
        made = outer(Float32[np.ndarray, "n"])
        assert made(right) is right
        for wrong in (np.zeros((3, 1), np.float32), np.zeros(3), [0.0]):
            with pytest.raises(TypeCheckError, match="parameters"):
                made(wrong)
            with pytest.raises(TypeCheckError, match="return value"):
                outer(Float32[np.ndarray, "n"], wrong)(right)


def test_functions_of_one_name_and_other_types_are_told_apart() -> None:
    for _ in range(2):
        outer(Float32[np.ndarray, "n"])(np.zeros(2, np.float32))
        with pytest.raises(TypeCheckError, match="parameters"):
            outer(str)(np.zeros(2, np.float32))
        with pytest.raises(TypeCheckError, match="return value"):
            outer(str)("text")


def test_arguments_are_bound_as_inspect_binds_them() -> None:
    @jaxtyped(typechecker=beartype)
    def taken(a: int, b: Float32[np.ndarray, "n"] | None = None, *, c: str = "c") -> tuple[object, ...]:
        return a, b, c

    for _ in range(3):
        assert taken(1, c="d") == (1, None, "d")
        assert taken(b=None, a=2) == (2, None, "c")
        for wrong in (((), {}), ((1, None, "c"), {}), ((1,), {"a": 1}), ((1,), {"d": 1})):
            with pytest.raises(TypeError):
                taken(*wrong[0], **wrong[1])
        with pytest.raises(TypeCheckError, match="parameters"):
            taken(1, np.zeros(2, np.float32), c=1)


def test_a_size_may_be_that_of_an_argument() -> None:
    @jaxtyped(typechecker=beartype)
    def zeros(size: int, more: int = 1) -> Float32[np.ndarray, "{size}+{more}"]:
        return np.zeros(size + abs(more), np.float32)

    for size in (2, 3, 4):
        assert len(zeros(size)) == size + 1
        with pytest.raises(TypeCheckError, match="return value"):
            zeros(size, more=-1)
