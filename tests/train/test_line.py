"""A line, by the same loop as everything else, comes to what least squares give."""

import numpy as np
import pytest

from armillary.errors import InputError
from armillary.train.fit import fit
from armillary.train.line import Line, Squares, closed_form
from armillary.train.plan import Plan


def houses() -> tuple[np.ndarray, np.ndarray]:
    """Rooms and age in units of their deviation, and prices that follow them but for some noise."""
    random = np.random.default_rng(2)
    x = random.standard_normal((300, 2)).astype(np.float32)
    return x, (6.5 * x[:, 0] - 2.0 * x[:, 1] + 22.5 + random.standard_normal(300)).astype(np.float32)


def test_the_loop_comes_to_the_closed_form():
    x, y = houses()
    model, squares = Line(2), Squares(x, y)
    losses = [step.loss for step in fit(model, squares, Plan(
        steps=300, rate=1.0, warm=5, course="linear", least=0.0, decay=0.0, clip=0.0))]
    w, b = closed_form(x, y)
    assert model.w.detach().numpy() == pytest.approx(w, abs=1e-3)
    assert model.b.item() == pytest.approx(b, abs=1e-3)
    assert losses[0] == pytest.approx(squares.nothing)
    assert losses[-1] == pytest.approx(float(((x @ w + b - y) ** 2).mean()), rel=1e-4)
    assert w == pytest.approx([6.5, -2.0], abs=0.2)


def test_what_does_not_go_together_is_refused():
    x, y = houses()
    with pytest.raises(InputError, match="300 rows and 299 numbers"):
        Squares(x, y[1:])
    with pytest.raises(InputError, match="0 rows"):
        Squares(x[:0], y[:0])
