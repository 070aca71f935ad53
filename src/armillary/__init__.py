"""Armillary: a see-through language model. Text to tokens, to points, to the next word, with every step open.

    import armillary as ar
    glove = ar.open("glove-6b-50d")
    glove["king"] - glove["man"] + glove["woman"]
    glove.near("king - man + woman")
    lm = ar.open("smollm2-135m-instruct")
    lm.config, lm.tokenizer, lm.transformer

The house, from the street to the cellar (imports go down only, and a test holds that):

    cli  web  tour         what a person touches
    opening  shelf         anything opened, by path or by name
    language_model         a published model that speaks
    learning               from text to a space or to a language model, in one call
    train                  corpora, skip-gram, CBOW, GloVe, PPMI; transformers, by the loop that all learning is
    trace                  looking inside: taps, patterns, the lens, what if
    published              other people's models, told in our terms
    speak  count           scores -> the next word; the ledger of parameters
    transformer            tokens -> points -> scores
    space  formats         labelled points; files <-> arrays
    geometry  draw         arrays in, arrays or pictures out
    text                   text -> words, tokens
    errors  language  shapes  extras

Names load when they are first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from armillary.errors import ArmillaryError, MissingExtra, NotFound, UnknownLabel
    from armillary.formats.points import Accept
    from armillary.language_model import LanguageModel
    from armillary.learning import Watched, learn_items, learn_vectors
    from armillary.learning.bert.learn import learn_bert
    from armillary.learning.classifier.classifier import Classifier
    from armillary.learning.classifier.learn import learn_classifier
    from armillary.learning.gpt.learn import learn_gpt
    from armillary.learning.table.estimator import EntityEmbedding
    from armillary.learning.table.learn import learn_table
    from armillary.learning.table.learned import LearnedTable
    from armillary.learning.translator.learn import learn_translator
    from armillary.learning.translator.translator import Translator
    from armillary.opening import open
    from armillary.shelf import Shelf
    from armillary.space import Direction, Point, Space
    from armillary.text.tokenizer import Tokenizer
    from armillary.train.tokenizer import learn_tokenizer

_HOMES = {
    "Accept": "armillary.formats.points",
    "ArmillaryError": "armillary.errors",
    "Classifier": "armillary.learning.classifier.classifier",
    "Direction": "armillary.space",
    "EntityEmbedding": "armillary.learning.table.estimator",
    "LanguageModel": "armillary.language_model",
    "LearnedTable": "armillary.learning.table.learned",
    "MissingExtra": "armillary.errors",
    "NotFound": "armillary.errors",
    "Point": "armillary.space",
    "Shelf": "armillary.shelf",
    "Space": "armillary.space",
    "Tokenizer": "armillary.text.tokenizer",
    "Translator": "armillary.learning.translator.translator",
    "UnknownLabel": "armillary.errors",
    "Watched": "armillary.learning",
    "learn_bert": "armillary.learning.bert.learn",
    "learn_classifier": "armillary.learning.classifier.learn",
    "learn_gpt": "armillary.learning.gpt.learn",
    "learn_items": "armillary.learning",
    "learn_table": "armillary.learning.table.learn",
    "learn_tokenizer": "armillary.train.tokenizer",
    "learn_translator": "armillary.learning.translator.learn",
    "learn_vectors": "armillary.learning",
    "open": "armillary.opening",
}

__all__ = [
    "Accept", "ArmillaryError", "Classifier", "Direction", "EntityEmbedding", "LanguageModel", "LearnedTable",
    "MissingExtra", "NotFound", "Point", "Shelf", "Space", "Tokenizer", "Translator", "UnknownLabel", "Watched",
    "learn_bert", "learn_classifier", "learn_gpt", "learn_items", "learn_table", "learn_tokenizer", "learn_translator",
    "learn_vectors", "open",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'armillary' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
