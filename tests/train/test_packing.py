"""A text in parts has the tokens of the text."""

from pathlib import Path

import numpy as np

from armillary.train.packing import numbered
from armillary.train.tokenizer import learn_tokenizer

LINES = "the cat sat on the mat\nthe dog sat on the log\n\na cat and a dog met\n" * 20


def test_no_token_is_lost_where_a_text_is_cut(tmp_path: Path):
    (tmp_path / "text.txt").write_text(LINES)
    pairs = learn_tokenizer(tmp_path / "text.txt", tmp_path / "pairs", 300)
    whole = numbered(pairs, LINES)
    assert whole.dtype == np.uint16
    assert pairs.decode(whole) == LINES
    for size in (1, 7, 24, 100):
        assert pairs.decode(numbered(pairs, LINES, size)) == LINES
    assert len(numbered(pairs, LINES, 1000)) == len(whole)
    assert len(numbered(pairs, "")) == 0
