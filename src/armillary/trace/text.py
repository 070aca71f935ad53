"""A text as a model reads it: its tokens, those that the model expects around a text included."""

from collections.abc import Sequence
from dataclasses import dataclass

from armillary.errors import InputError
from armillary.speak.candidates import name as named
from armillary.text.tokenizer import Token, Tokenizer, by_character

_SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Piece:
    """One token of a text that is read.

    Attributes:
        id: its row in the model's table.
        name: its text; of a token that is only a part of a character, the character with the number of the part.
        start, end: the characters that it covers; both 0 of a token that the model adds.
    """

    id: int
    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Read:
    """A text in pieces.

    Attributes:
        text: as the tokenizer sees it.
        pieces: its tokens.
    """

    text: str
    pieces: tuple[Piece, ...]

    @property
    def ids(self) -> list[int]:
        """The ids of the tokens."""
        return [piece.id for piece in self.pieces]

    @property
    def names(self) -> list[str]:
        """What the tokens are called."""
        return [piece.name for piece in self.pieces]

    def position(self, word: str, occurrence: int = -1) -> int:
        """Where the last token of a word stands: the first that can know the whole of it, read from left to right.

        Args:
            word: any part of the text.
            occurrence: which one, from 0; unsaid, the last.

        Raises:
            InputError: the text does not hold it (so often).
        """
        starts = [at for at in range(len(self.text)) if word and self.text.startswith(word, at)]
        if not starts:
            raise InputError("the text does not hold {word!r}", word=word)
        if not -len(starts) <= occurrence < len(starts):
            raise InputError("the text holds {word!r} {count} times; there is no number {occurrence} of them",
                             word=word, count=len(starts), occurrence=occurrence)
        end = starts[occurrence] + len(word)
        return max(at for at, piece in enumerate(self.pieces) if piece.start < end <= piece.end)


def read(tokenizer: Tokenizer, text: str, both_ways: bool = False) -> Read:
    """The tokens of `text` with those that the model expects before it, and of an encoder also after it.

    Raises:
        InputError: there is nothing to read.
    """
    normalised, vocabulary = tokenizer.normalised(text), tokenizer.vocabulary
    found = tokenizer.tokens(text)
    pieces = [
        *(_frame(tokenizer, one) for one in vocabulary.before),
        *(Piece(token.id, name, token.start, token.end)
          for token, name in zip(found, _named(normalised, found), strict=True)),
        *(_frame(tokenizer, one) for one in (vocabulary.after if both_ways else ())),
    ]
    if not pieces:
        raise InputError("there is no text to look into")
    return Read(normalised, tuple(pieces))


def _frame(tokenizer: Tokenizer, one: int) -> Piece:
    return Piece(one, named(tokenizer, one), 0, 0)


def _named(text: str, tokens: Sequence[Token]) -> list[str]:
    """The characters of each token; with a small number where it shares one with its neighbours."""
    return [
        text[token.start : token.end] + ("" if len(group) == 1 else str(part).translate(_SMALL))
        for group in by_character(tokens) for part, token in enumerate(group, 1)
    ]
