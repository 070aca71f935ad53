"""Association tests with labels in and labels out."""

import pytest

from armillary.errors import InputError
from armillary.space import Space


def test_targets_lean_to_their_attributes(royal: Space) -> None:
    found = royal.association("kinds", ["king", "queen"], ["cat", "dog"], ["man", "国王"], ["cats", "dogs"])
    assert found.name == "kinds"
    assert 0 < found.effect <= 2
    assert found.smallest_p <= found.p <= 1
    assert found.exact
    assert found.missing == ()
    other = royal.association("kinds", ["cat", "dog"], ["king", "queen"], ["man", "国王"], ["cats", "dogs"])
    assert other.effect == pytest.approx(-found.effect)


def test_missing_words_are_named_and_left_out(royal: Space) -> None:
    sets = ["king", "queen"], ["cat", "dog"], ["man", "国王"], ["cats", "dogs"]
    whole = royal.association("a", *sets)
    more = royal.association("a", ["king", "emperor", "queen"], sets[1], sets[2], [*sets[3], "wolves"])
    assert more.missing == ("emperor", "wolves")
    assert more.effect == whole.effect


def test_a_set_without_words_is_refused(royal: Space) -> None:
    with pytest.raises(InputError):
        royal.association("a", ["nobody"], ["cat", "dog"], ["man", "woman"], ["cats", "dogs"])
