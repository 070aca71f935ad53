"""Evaluation files: what is read, and what a bad line gets."""

import pytest

from armillary.errors import DamagedFile, FileError, NotFound
from armillary.geometry.evaluation_files import read_analogies, read_categories, read_similarity


def put(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_analogies_have_sections_in_both_languages_and_any_line_end(tmp_path):
    lines = "\ufeff: capital cities\r\nAthens Greece Oslo Norway\r\n\r\n:gram3\n国王 男人 女王 女人"
    path = put(tmp_path, lines)
    found = read_analogies(path)
    assert found.sections == ("capital cities", "gram3")
    assert found.questions == (("Athens", "Greece", "Oslo", "Norway"), ("国王", "男人", "女王", "女人"))
    assert found.section_of == (0, 1)


def test_similarity_has_two_words_and_a_score(tmp_path):
    path = put(tmp_path, "# judged\ntiger\tcat\t7.35\nice cream\t冰淇淋\t-1e1\n")
    assert read_similarity(path) == (("tiger", "cat", 7.35), ("ice cream", "冰淇淋", -10.0))


def test_categories_are_found_by_the_names_of_the_columns(tmp_path):
    path = put(tmp_path, ',category,word\n0,city,"Portland, Oregon"\n\n1,animal,cat\n2,animal,\n')
    assert read_categories(path) == (("Portland, Oregon", "city"), ("cat", "animal"), ("", "animal"))


@pytest.mark.parametrize(
    ("read", "content", "words"),
    [
        (read_analogies, "a b c d\n", "line 1: a question before the first section"),
        (read_analogies, ": x\na b c d\na b c\n", "line 3: an analogy has 4 words, here are 3"),
        (read_analogies, ": x\n", "no analogy questions"),
        (read_analogies, b": x\n\na b c \xff\n", "line 3: not UTF-8"),
        (read_similarity, "a b 3\n", "line 1: expected two words and a score"),
        (read_similarity, "a\t\t3\n", "line 1: expected two words"),
        (read_similarity, "a\tb\t3\na\tb\tx\n", "line 2: 'x' is not a score"),
        (read_similarity, "a\tb\tnan\n", "line 1: 'nan' is not a score"),
        (read_similarity, "#\n", "no judged pairs"),
        (read_categories, "", "line 1: the header"),
        (read_categories, "word,kind\n", "line 1: the header"),
        (read_categories, "word,category\n\na,b\na\n", "line 4: expected 2 cells"),
        (read_categories, "word,category\n,\n", "line 2: expected 2 cells"),
        (read_categories, 'word,category\n"a,b\n', "line 3: not CSV"),
        (read_categories, "word,category\n", "no words with categories"),
    ],
)
def test_a_bad_file_names_itself_and_the_line(tmp_path, read, content, words):
    path = put(tmp_path, content)
    with pytest.raises(DamagedFile, match=words) as error:
        read(path)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize("read", [read_analogies, read_similarity, read_categories])
def test_files_that_are_not_there(tmp_path, read):
    with pytest.raises(NotFound, match="no such file"):
        read(tmp_path / "none")
    with pytest.raises(FileError, match="cannot be read"):
        read(tmp_path)


def test_every_file_of_the_data_is_read(data):
    folder = data / "eval"
    paths = [*folder.glob("*/questions-*.txt"), *folder.glob("zh/ca*.txt")]
    counts = {path.name: len(read_analogies(path).questions) for path in paths}
    assert counts["questions-words.txt"] == 19_544
    assert counts["ca8-semantic.txt"] == 7_636
    assert len(read_similarity(folder / "en" / "simlex999.tsv")) == 999
    assert len(read_similarity(folder / "zh" / "wordsim297.tsv")) == 297
    sets = {path.stem: len(read_categories(path)) for path in folder.glob("en/categorization-*.csv")}
    assert sorted(sets.values()) == [45, 217, 423, 5231]
