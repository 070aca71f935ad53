"""Expressions: what is typed becomes signed labels, and these are written as they can be typed again."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import InputError
from armillary.space.expression import Term, parse, written


def terms(*pairs: tuple[float, str]) -> tuple[Term, ...]:
    return tuple(Term(float(factor), label) for factor, label in pairs)


@pytest.mark.parametrize(("typed", "meant"), [
    ("king", terms((1, "king"))),
    ("king - man + woman", terms((1, "king"), (-1, "man"), (1, "woman"))),
    ("  king   -\tman ", terms((1, "king"), (-1, "man"))),
    ("国王 - 男人 + 女人", terms((1, "国王"), (-1, "男人"), (1, "女人"))),
    ("国王\u3000−\u3000男人", terms((1, "国王"), (-1, "男人"))),
    ("- man + king", terms((-1, "man"), (1, "king"))),
    ("− man", terms((-1, "man"))),
    ("king - - man", terms((1, "king"), (1, "man"))),
    ("king + − man", terms((1, "king"), (-1, "man"))),
    ('"new york" - york', terms((1, "new york"), (-1, "york"))),
    ('" king" - king', terms((1, " king"), (-1, "king"))),
    ('"-" + "+"', terms((1, "-"), (1, "+"))),
    ('"""" - "5"" disk"', terms((1, '"'), (-1, '5" disk'))),
    ("well-known - e-mail", terms((1, "well-known"), (-1, "e-mail"))),
    ('7" + 12"', terms((1, '7"'), (1, '12"'))),
    ("don't - --", terms((1, "don't"), (-1, "--"))),
])
def test_what_is_typed_is_what_is_meant(typed: str, meant: tuple[Term, ...]) -> None:
    assert parse(typed) == meant


@pytest.mark.parametrize(("typed", "problem"), [
    ("", "ends where a label is expected"),
    ("   ", "ends where a label is expected"),
    ("king -", "ends where a label is expected"),
    ("-", "ends where a label is expected"),
    ("king man", r"no \+ or - between 'king' and 'man'"),
    ("king - man woman", r"no \+ or - between 'man' and 'woman'"),
    ('"new york', "double quote is not closed"),
    ('king - "new york', "double quote is not closed"),
    ('"a"b', "double quote is not closed"),
    ('"', "double quote is not closed"),
])
def test_what_is_no_expression_is_refused_with_the_reason(typed: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        parse(typed)


AWKWARD = ["-", "+", "−", '"', '""', "", " king", "a b", '"a', 'a"b c', "\n", "国 王"]
labels = st.one_of(st.text(), st.sampled_from(AWKWARD))


@given(st.lists(st.tuples(st.sampled_from([1.0, -1.0]), labels), min_size=1, max_size=6))
def test_what_is_written_is_read_back(pairs: list[tuple[float, str]]) -> None:
    assert parse(written(terms(*pairs))) == terms(*pairs)


@given(st.text(alphabet='ab-+− "\t'))
def test_any_line_is_an_expression_or_an_input_error(line: str) -> None:
    with suppress(InputError):
        found = parse(line)
        assert parse(written(found)) == found
