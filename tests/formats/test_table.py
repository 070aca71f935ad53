"""Tables of cells, whatever they are written as, and what is wrong with those that cannot be read."""

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from armillary.errors import DamagedFile, InputError, NotFound, UnknownFormat
from armillary.formats.table import numbers, read_table

ROWS = [{"name": "ann, or bo", "age": 3.5, "note": ""}, {"name": 'say "hi"', "age": 4, "note": "线\n行"}]
WANTED = {"name": ["ann, or bo", 'say "hi"'], "age": ["3.5", "4"], "note": ["", "线\n行"]}


def test_all_formats_give_the_same_cells(tmp_path: Path):
    quoted = 'name,age,note\n"ann, or bo",3.5,\n"say ""hi""",4,"线\n行"\n'
    contents = {
        "a.csv": quoted.encode("utf-8-sig"), "b.csv.gz": gzip.compress(quoted.encode()),
        "c.csv": quoted.replace("\n", "\r\n").replace("线\r\n行", "线\n行").encode(),
        "d.json": json.dumps(ROWS).encode(), "e.jsonl": "\n".join(map(json.dumps, ROWS)).encode(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    pyarrow.parquet.write_table(pyarrow.table({
        "name": [row["name"] for row in ROWS], "age": pyarrow.array([3.5, 4.0]), "note": [None, "线\n行"],
    }), tmp_path / "f.parquet")
    for path in sorted(tmp_path.iterdir()):
        cells = read_table(path)
        found = {name: list(column) for name, column in cells.columns.items()}
        if path.suffix == ".parquet":
            found["age"] = ["3.5", "4"] if found["age"] == ["3.5", "4.0"] else found["age"]
        assert (found, len(cells), cells.notes) == (WANTED, 2, ()), path.name
    (tmp_path / "g.tsv").write_text('a\tb\n"x\ty\n')
    assert read_table(tmp_path / "g.tsv").column("a") == ['"x']


def test_what_is_wrong_is_named(tmp_path: Path):
    path = tmp_path / "t.csv"
    with pytest.raises(NotFound):
        read_table(path)
    for content, error, said in (
        ("", InputError, "has no rows"), ("a,b\n", InputError, r"has no rows below its first line \(a, b\)"),
        ("a,a\n1,2\n", DamagedFile, "two columns of the name 'a'"), ('a,b\n"1,2\n', DamagedFile, "cannot be split"),
        ("[1, 2]", DamagedFile, "entry 1 is no object"), ('[{"a": [1]}]', DamagedFile, "hold lists"),
        ('{"a": 1}\n{"a": NaN}', DamagedFile, "NaN is not JSON"), ("a\0b", UnknownFormat, "byte 1 is zero"),
    ):
        path.write_text(content)
        with pytest.raises(error, match=said):
            read_table(path)
    path.write_text("a,b\n1,2\n3\n4,5,6\n")
    cells = read_table(path)
    assert (list(cells.column("a")), str(cells.notes[0])) == (
        ["1"], "2 lines do not have 2 cells, as the first line does, and were left out")
    with pytest.raises(InputError, match="no column 'c'; its first line names: a, b"):
        cells.column("c")


def test_numbers_are_finite_or_none():
    assert numbers(["1", "", "-2.5e3"]) == pytest.approx(np.array([1, np.nan, -2500]), nan_ok=True)
    for cells in (["1", "one"], ["", ""], ["1", "inf"], ["nan", "1"]):
        assert numbers(cells) is None
