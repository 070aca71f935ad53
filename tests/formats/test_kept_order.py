from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from armillary.formats import kept_order as module
from armillary.formats.kept_order import kept_order
from armillary.shapes import Float64, Int64
from armillary.text.sentence_pieces import by_score

PIECES = ["a", "b", "ab", "abb"]
SCORES = np.array([0.0, 0.0, -1.0, -2.0])


def never(pieces: Sequence[str], scores: Float64[np.ndarray, "n"]) -> Int64[np.ndarray, "m"]:
    raise AssertionError("it is kept")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "_LARGE", 4)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)
    return tmp_path / "armillary" / "orders"


def test_the_second_time_it_is_read(cache: Path) -> None:
    found = kept_order(PIECES, SCORES, by_score)
    assert found.tolist() == [0, 1, 2, 3]
    assert kept_order(PIECES, SCORES, never).tolist() == [0, 1, 2, 3]
    assert len(list(cache.iterdir())) == 1


def test_other_scores_or_pieces_are_others(cache: Path) -> None:
    kept_order(PIECES, SCORES, by_score)
    for pieces, scores in ((PIECES, SCORES[::-1].copy()), ([*PIECES[:3], "aab"], SCORES)):
        with pytest.raises(AssertionError, match="kept"):
            kept_order(pieces, scores, never)


@pytest.mark.parametrize("content", [b"", b"x" * 48, None])
def test_what_is_damaged_is_found_anew(cache: Path, content: bytes | None) -> None:
    kept_order(PIECES, SCORES, by_score)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] if content is None else content)
    assert kept_order(PIECES, SCORES, by_score).tolist() == [0, 1, 2, 3]
    assert file.read_bytes() == whole


def test_where_nothing_can_be_written_nothing_is_kept(cache: Path) -> None:
    cache.parent.write_text("a file stands in the way")
    assert kept_order(PIECES, SCORES, by_score).tolist() == [0, 1, 2, 3]
    assert cache.parent.is_file()


def test_small_vocabularies_leave_no_file(cache: Path) -> None:
    assert kept_order(PIECES[:3], SCORES[:3], by_score).tolist() == [0, 1, 2]
    assert not cache.exists()
