"""Shapes and types are held at every call, and as jaxtyping judges them, though their checks are made once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from threading import Thread
from typing import Any

import numpy as np
import pytest
import torch
from beartype import beartype
from jaxtyping import TypeCheckError, jaxtyped

from armillary.cli.main import main
from armillary.shapes import Float32
from tests import checked

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
            with pytest.raises(TypeCheckError, match="parameter"):
                made(wrong)
            with pytest.raises(TypeCheckError, match="return"):
                outer(Float32[np.ndarray, "n"], wrong)(right)


def test_functions_of_one_name_and_other_types_are_told_apart() -> None:
    for _ in range(2):
        outer(Float32[np.ndarray, "n"])(np.zeros(2, np.float32))
        with pytest.raises(TypeCheckError, match="parameter"):
            outer(str)(np.zeros(2, np.float32))
        with pytest.raises(TypeCheckError, match="return"):
            outer(str)("text")


def test_arguments_are_bound_as_python_binds_them() -> None:
    @jaxtyped(typechecker=beartype)
    def taken(a: int, b: Float32[np.ndarray, "n"] | None = None, *, c: str = "c") -> tuple[object, ...]:
        return a, b, c

    for _ in range(3):
        assert taken(1, c="d") == (1, None, "d")
        assert taken(b=None, a=2) == (2, None, "c")
        for wrong in (((), {}), ((1, None, "c"), {}), ((1,), {"a": 1}), ((1,), {"d": 1})):
            with pytest.raises(TypeError):
                taken(*wrong[0], **wrong[1])
        with pytest.raises(TypeCheckError, match="parameter"):
            taken(1, np.zeros(2, np.float32), c=1)


def test_a_size_may_be_that_of_an_argument() -> None:
    @jaxtyped(typechecker=beartype)
    def zeros(size: int, more: int = 1) -> Float32[np.ndarray, "{size}+{more}"]:
        return np.zeros(size + abs(more), np.float32)

    for size in (2, 3, 4):
        assert len(zeros(size)) == size + 1
        with pytest.raises(TypeCheckError, match="return"):
            zeros(size, more=-1)


@jaxtyped(typechecker=beartype)
def multiply(x: Float32[np.ndarray, "n d"], y: Float32[np.ndarray, "d"], more: int = 0) -> Float32[np.ndarray, "n"]:
    if more:
        multiply(np.zeros((5, 7), np.float32), np.zeros(7, np.float32))  # whose sizes are not of this call
    return np.zeros(len(x) + more, np.float32)


def test_a_size_is_the_same_in_all_that_one_call_takes_and_gives() -> None:
    x = np.zeros((2, 3), np.float32)
    assert len(multiply(x, x[0])) == 2
    assert len(multiply(x.T, x[:, 0])) == 3
    with pytest.raises(TypeCheckError, match="parameter y"):
        multiply(x, x[:, 0])
    with pytest.raises(TypeCheckError, match="return"):
        multiply(x, x[0], more=1)
    failed: list[BaseException] = []

    def elsewhere() -> None:
        multiply(x, x[0])
        try:
            multiply(x, x[:, 0])
        except TypeCheckError as error:
            failed.append(error)

    thread = Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert len(failed) == 1


def test_a_generator_is_checked_when_it_is_called() -> None:
    @jaxtyped(typechecker=beartype)
    def rows(x: Float32[np.ndarray, "n"], stop: int) -> Iterator[float]:
        yield from x[:stop]

    assert len(list(rows(np.zeros(3, np.float32), 2))) == 2
    for wrong in ((np.zeros(3), 2), (np.zeros(3, np.float32), "2")):
        with pytest.raises(TypeCheckError, match="parameter"):
            rows(*wrong)


@jaxtyped(typechecker=beartype)
@dataclass
class Points:
    vectors: Float32[np.ndarray, "n d"]
    names: "list[str]"  # a name that is looked up later

    @property
    @jaxtyped(typechecker=beartype)
    def first(self) -> str:
        return self.names[0] if self.names else 0

    @classmethod
    @jaxtyped(typechecker=beartype)
    def named(cls, names: list[str]) -> "Points":
        return cls(np.zeros((len(names), 1), np.float32), names)


def test_fields_and_methods_are_checked_too() -> None:
    assert Points.named(["a"]).first == "a"
    for wrong in ((np.zeros(2, np.float32), ["a"]), (np.zeros((2, 2), np.float32), "a")):
        with pytest.raises(TypeCheckError, match="parameter"):
            Points(*wrong)
    with pytest.raises(TypeCheckError, match="return"):
        _ = Points.named([]).first
    with pytest.raises(TypeCheckError, match="parameter"):
        Points.named(("a",))


AXES = list(product(["n", "d", "_", "2", "...", "*s", "#n", "n+1"], (1, 2)))


@pytest.mark.parametrize("zeros", [np.zeros, torch.zeros])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_verdict_is_that_of_jaxtyping(zeros: Callable[..., Any], dtype: str) -> None:
    def verdicts(judge: Callable[[Any, Any], bool], *asked: list[tuple[str, int]]) -> list[object]:
        said: list[object] = []
        with jaxtyped("context"):
            for axes in asked:
                shape = tuple(size for axis, size in axes if axis != "...")  # which also stands for none
                array = zeros(shape, dtype=getattr(np if zeros is np.zeros else torch, dtype))
                try:
                    said.append(judge(Float32[type(array), " ".join(axis for axis, _ in axes)], array))
                except Exception as error:  # several axes of any number, or a sum of what is not known yet
                    said.append(type(error))
        return said

    said: list[object] = []
    for one, other in product(AXES, AXES):
        for asked in ([[one], [other]], [[one, other]], [[one, other], [other]]):
            said += (now := verdicts(lambda kind, array: isinstance(array, kind), *asked))
            assert now == verdicts(checked.judged, *asked)
    assert (True in said) is (dtype == "float32")
    assert False in said


def test_what_is_imported_first_is_checked_so_too() -> None:
    assert hasattr(main, checked.MADE)
