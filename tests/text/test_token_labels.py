"""Labels of tokens: their texts where these are texts, otherwise their bytes, and no two alike."""

from pathlib import Path

import numpy as np

from armillary.errors import InputError
from armillary.formats.word_pieces import word_pieces
from armillary.text.token_labels import token_labels
from armillary.text.tokenizer import Added, Ids, Token, Tokenizer, Vocabulary

PIECES = {0: b"A", 1: b" king", 2: b"\xe6\x9d", 3: b"A", 5: "国王".encode(), 6: b"<41>", 7: b"A", 8: b"\n", 9: b""}


class Made(Tokenizer):
    """A tokenizer that cuts nothing, and takes id 3 for an A."""

    kind = "byte pairs"

    def __init__(self, pieces: dict[int, bytes]) -> None:
        self.vocabulary = Vocabulary(pieces, (Added("<s>", 20),))

    def tokens(self, text: str, special: bool = False) -> list[Token]:
        raise NotImplementedError

    def _ids(self, text: str, special: bool) -> Ids:
        if text == "?":
            raise InputError("no token for this byte")
        return np.array([3] if text == "A" else [1, 1], np.uint32)


def test_a_token_is_called_by_its_text_and_what_is_no_text_by_its_bytes() -> None:
    labels = token_labels(Made(PIECES), 11)
    assert labels[:3] == ["<41>", " king", "<e69d>"]
    assert labels[3] == "A"  # what the tokenizer takes an A for
    assert labels[4] == "<row 4>"
    assert labels[5:] == ["国王", "<41>#6", "<41>#7", "\n", "", "<row 10>"]


def test_a_text_that_cannot_be_cut_is_the_first_one_s() -> None:
    assert token_labels(Made({0: b"?", 1: b"?"}), 2) == ["?", "<3f>"]


def test_no_two_labels_are_alike_however_the_vocabulary_is_made() -> None:
    hostile = {0: b"A", 1: b"A", 2: b"<41>", 3: b"<41>#2", 4: b"<row 6>", 5: b"<41>", 7: b"A"}
    labels = token_labels(Made(hostile), 8)
    assert len(set(labels)) == 8


def test_pieces_that_go_on_with_a_word_keep_their_mark() -> None:
    pieces = ["[UNK]", "king", "##king", "##s", "国"]
    made = word_pieces(Path("vocab.txt"), pieces, "vocab.txt", lower=True)
    assert token_labels(made, 6) == [*pieces, "<row 5>"]
