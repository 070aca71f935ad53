"""Baskets: the separators, two columns, sets and sequences, and files that are none."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import DamagedFile, InputError, NotFound, UnknownFormat
from armillary.text.encoded import END, Encoded
from armillary.train.baskets import Baskets, encode_baskets, read_baskets, sniffed
from armillary.train.cooccurrence import Window, cooccurrences


def baskets_of(corpus: Encoded) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for row in corpus.ids.tolist():
        if row == END:
            found.append([])
        else:
            found[-1].append(corpus.labels[row])
    return [basket for basket in found if basket]


def file(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "baskets.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_a_basket_a_line(tmp_path: Path, separator: str) -> None:
    lines = [["whole milk", "bread"], ["面包", "whole milk", "bread"], ["Bread"]]
    corpus = read_baskets(file(tmp_path, "\n".join(separator.join(line) for line in lines)))
    assert baskets_of(corpus) == lines
    assert list(corpus.labels) == ["bread", "whole milk", "Bread", "面包"]
    assert corpus.counts.tolist() == [2, 2, 1, 1]
    assert not corpus.notes


def test_spaces_empty_items_and_line_ends(tmp_path: Path) -> None:
    corpus = read_baskets(file(tmp_path, "\ufeffa , b,,c\r\n\r\n  \nb,a\r\n"))
    assert baskets_of(corpus) == [["a", "b", "c"], ["b", "a"]]


def test_quotes_hold_commas_but_not_tabs(tmp_path: Path) -> None:
    assert baskets_of(read_baskets(file(tmp_path, '"salt, fine",rice\nrice\n'))) == [["salt, fine", "rice"], ["rice"]]
    assert baskets_of(read_baskets(file(tmp_path, '"Heroes\tLow\n'))) == [['"Heroes', "Low"]]


def test_two_columns(tmp_path: Path) -> None:
    text = "when;order;item\n1;A;tea\n2;B;cup\n3;A;milk\n4;A;\n5;;tea\n6;B;tea\n"
    corpus = read_baskets(file(tmp_path, text), Baskets(columns=("order", "item")))
    assert baskets_of(corpus) == [["tea", "milk"], ["cup", "tea"]]
    assert [str(note) for note in corpus.notes] == ["2 lines have no group or no item and were left out"]
    with pytest.raises(InputError, match="no column 'basket'; its first line names: when, order, item"):
        read_baskets(file(tmp_path, text), Baskets(columns=("basket", "item")))


def test_sets_count_an_item_once(tmp_path: Path) -> None:
    path = file(tmp_path, "a,b,a\nb,c\n")
    assert baskets_of(read_baskets(path)) == [["a", "b", "a"], ["b", "c"]]
    corpus = read_baskets(path, Baskets(sets=True))
    assert baskets_of(corpus) == [["a", "b"], ["b", "c"]]
    assert "1 items stood in their basket before" in str(corpus.notes[0])
    table = cooccurrences(corpus, Window.whole(corpus))
    assert corpus.labels == ["b", "a", "c"]
    assert table.dense().tolist() == [[0, 1, 1], [1, 0, 0], [1, 0, 0]]


def test_rare_items_are_left_out(tmp_path: Path) -> None:
    corpus = read_baskets(file(tmp_path, "a,b,c\na,c\n"), Baskets(min_count=2))
    assert baskets_of(corpus) == [["a", "c"], ["a", "c"]]
    assert str(corpus.notes[0]) == "1 items stand in too few places and were left out"


def test_a_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "baskets.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n"))
    assert baskets_of(read_baskets(path)) == [["a", "b"]]


def test_bytes_that_are_not_utf8_are_counted(tmp_path: Path) -> None:
    corpus = read_baskets(file(tmp_path, b"a,caf\xe9\na,b\n"))
    assert "caf\N{REPLACEMENT CHARACTER}" in corpus.labels
    assert "1 lines hold bytes that are not UTF-8" in str(corpus.notes[0])


def test_what_is_no_file_of_baskets(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_baskets(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no item"):
        read_baskets(file(tmp_path, " ,\n\n"))
    with pytest.raises(InputError, match="no item"):
        read_baskets(file(tmp_path, ""))
    with pytest.raises(UnknownFormat, match="byte 3 is zero"):
        read_baskets(file(tmp_path, b"a,b\0\n"))
    with pytest.raises(DamagedFile, match="line"):
        read_baskets(file(tmp_path, 'a,b\n"' + "endless," * 20_000))


def test_the_separator_is_that_of_most_lines() -> None:
    assert sniffed(["a,b;c", "d;e", "f"]) == ";"
    assert sniffed(["a, b\tc"]) == "\t"
    assert sniffed([]) == "\t"


ITEMS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=4)


@given(st.lists(st.lists(ITEMS, min_size=1, max_size=5), min_size=1, max_size=8))
def test_any_labels_come_back(baskets: list[list[str]]) -> None:
    assert baskets_of(encode_baskets(baskets)) == baskets
