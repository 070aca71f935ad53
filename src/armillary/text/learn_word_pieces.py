"""A vocabulary for WordPiece, learned from a text: pieces that begin a word, and ##pieces that go on with one.

BERT cuts a text at white space, around punctuation, and around every Chinese character (Devlin et al. 2018,
arXiv:1810.04805, whose own way of learning pieces was never published). What lies between the cuts is put together from
characters by the pairs that come most often (Sennrich, Haddow and Birch 2016, arXiv:1508.07909), and each piece that
comes of it is listed as it stands: at the beginning of a word or further in. All characters are listed too, so that no
word of such characters is unknown.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""What stands before all pieces: filling, unknown, a text's beginning and end, and the mask."""
MOST = 8192
"""Characters, and pieces beyond them."""
_OFTEN = 2  # of what came once nothing can be learned
_LETTERS = 500  # letters of the text for each piece beyond the characters
_LONGEST = 100  # letters: longer words are unknown


def learn_word_pieces(texts: Iterable[str], words: bool = False) -> dict[str, Any]:
    """A WordPiece tokenizer of `texts`, told as in tokenizer.json; capitals are kept.

    Args:
        texts: the text in parts.
        words: whole words in place of pieces, the commonest; Chinese ones too, for a text with blanks between them.
    """
    counts = _words(texts, words)
    pieces = [*SPECIAL, *_characters(counts)]
    letters = sum(count * len(word) for word, count in counts.items() if len(word) > 1)
    whole = Counter({word: count for word, count in counts.items() if count >= _OFTEN and len(word) > 1})
    beyond = whole if words else _pieces(counts, min(MOST, letters // _LETTERS))
    known = set(pieces)
    pieces += [one for one in _by_count(beyond) if one not in known][: MOST if words else None]
    return _told({piece: row for row, piece in enumerate(pieces)}, words)


def _words(texts: Iterable[str], words: bool) -> Counter[str]:
    """What lies between BERT's cuts, and how often."""
    from tokenizers import normalizers, pre_tokenizers

    clean = normalizers.BertNormalizer(handle_chinese_chars=not words, strip_accents=False, lowercase=False)
    cut = pre_tokenizers.BertPreTokenizer()
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word for word, _ in cut.pre_tokenize_str(clean.normalize_str(text)) if len(word) <= _LONGEST)
    return counts


def _characters(counts: Counter[str]) -> list[str]:
    """The characters, as they stand, the commonest first."""
    found: Counter[str] = Counter()
    for word, count in counts.items():
        for place, character in enumerate(word):
            found[character if place == 0 else f"##{character}"] += count
    return [one for one in _by_count(found) if found[one] >= _OFTEN][:MOST]


def _pieces(counts: Counter[str], merges: int) -> Counter[str]:
    """What the commonest pairs make of the words, as it stands there, and how often."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    several = sorted(word for word in counts if len(word) > 1)
    alphabet = len({character for word in several for character in word})
    # Many words at once, each as often as it comes, would be a long list: pairs are counted over the words' lines.
    lines = (" ".join([word] * counts[word]) for word in several)
    made.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=alphabet + merges, show_progress=False, min_frequency=5))
    found: Counter[str] = Counter()
    for word, encoding in zip(several, made.encode_batch(several), strict=True):
        for place, piece in enumerate(encoding.tokens):
            if len(piece) > 1:
                found[piece if place == 0 else f"##{piece}"] += counts[word]
    return found


def _by_count(counts: Counter[str]) -> list[str]:
    """The commonest first; of equals the one that sorts first."""
    return sorted(counts, key=lambda one: (-counts[one], one))


def _told(vocabulary: dict[str, int], words: bool) -> dict[str, Any]:
    """As tokenizer.json tells it."""
    ends = {name: {"id": name, "ids": [vocabulary[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")}
    single = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
    pair = [*single, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": vocabulary[one], "content": one, "single_word": False, "lstrip": False,
                          "rstrip": False, "normalized": False, "special": True} for one in SPECIAL],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": not words,
                       "strip_accents": False, "lowercase": False},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": ends},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": False},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": _LONGEST, "vocab": vocabulary},
    }
