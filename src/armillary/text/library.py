"""WordPiece and Unigram: the `tokenizers` library behind the face that all tokenizers have.

What it is given must have been checked before (see `formats`): it accepts files that make it hang, and its panics are
no ordinary errors in Python; they come out of here as ours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from armillary.errors import InputError
from armillary.text.tokenizer import Ids, SomeIds, Token, Tokenizer, Vocabulary, whole

if TYPE_CHECKING:
    from tokenizers import Encoding
    from tokenizers import Tokenizer as Library


class LibraryTokenizer(Tokenizer):
    """A tokenizer that the `tokenizers` library runs.

    What it gives back when it decodes is as close to the text as the vocabulary allows: where that has no capitals,
    they are lost.
    """

    def __init__(self, kind: str, vocabulary: Vocabulary, library: "Library", bare: "Library | None" = None) -> None:
        """Set it up.

        Args:
            kind: how it cuts.
            vocabulary: its tokens.
            library: what runs it.
            bare: the same without the special tokens, for texts in which none counts; needed where the model itself
                would find them in a text.
        """
        self.kind, self.vocabulary, self._library, self._bare = kind, vocabulary, library, bare or library

    def tokens(self, text: str, special: bool = False) -> list[Token]:
        """The tokens of `text`: the bytes of the vocabulary's piece, and the place that it was found at in the text."""
        found = self._encoded(whole(text), special)
        before = np.cumsum([0, *(len(character.encode()) for character in text)])
        bare = set(self.vocabulary.special.values())
        tokens: list[Token] = []
        for one, (start, end) in zip(found.ids, found.offsets, strict=True):
            begin = start if not tokens or start >= tokens[-1].end else max(start, tokens[-1].end)
            tokens.append(Token(one, text[begin:end], self.vocabulary.pieces[one], start, end, int(before[start]),
                                int(before[end]), one in bare))
        return tokens

    def decode(self, ids: SomeIds, special: bool = True) -> str:
        """The text of `ids`, words put together and blanks between them."""
        wanted = [int(one) for one in ids]
        super().decode_bytes(wanted)  # an id that there is not
        with no_panic("these ids"):
            return self._library.decode(wanted, skip_special_tokens=not special)

    def decode_bytes(self, ids: SomeIds, special: bool = True) -> bytes:
        """`decode` in UTF-8."""
        return self.decode(ids, special).encode()

    def spelled(self, one: int) -> bytes | None:
        """A token as the vocabulary writes it: of WordPiece with the ## of pieces that go on with a word."""
        piece = self._library.id_to_token(one) if self.kind == "WordPiece" else None
        return super().spelled(one) if piece is None else piece.encode()

    def _ids(self, text: str, special: bool) -> Ids:
        return np.array(self._encoded(text, special).ids, np.uint32)

    def _encoded(self, text: str, special: bool) -> "Encoding":
        library = self._library if special else self._bare
        library.encode_special_tokens = not special
        with no_panic("this text"):
            return library.encode(text, add_special_tokens=False)


@contextmanager
def no_panic(what: str) -> Iterator[None]:
    """Turn what the library throws, panics too, into an error of ours.

    Raises:
        InputError: it gave up.
    """
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":  # KeyboardInterrupt and such
            raise
        raise InputError("the tokenizers library cannot work on {what}: {reason}", what=what,
                         reason=str(error)) from error
