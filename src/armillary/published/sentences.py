"""A vector for a sentence, as the files of an encoder say (Sentence-BERT, Reimers and Gurevych 2019, arXiv:1908.10084).

    modules.json                 the steps: the transformer, the pooling, bringing to length 1
    1_Pooling/config.json        what is pooled: the mean of all points, or the first
    sentence_bert_config.json    the most tokens of a text

An encoder without them is pooled by the mean, as sentence-transformers does.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from armillary.errors import DamagedFile, InputError, UnknownFormat
from armillary.formats.bounded import map_file
from armillary.formats.strict_json import parse_json
from armillary.shapes import Float32
from armillary.text.tokenizer import Tokenizer
from armillary.transformer.config import Config

if TYPE_CHECKING:
    from armillary.transformer.model import Transformer

_MODES = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
_FOLDER = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Pooling:
    """How the points of a text become one.

    Attributes:
        longest: the most tokens of a text, with those that stand around it; what goes beyond is cut off.
        first: the first point is taken; else the mean of all.
        unit: it is brought to length 1.
        lower: the text is put in lower case first.
    """

    longest: int
    first: bool = False
    unit: bool = False
    lower: bool = False


@dataclass(frozen=True, eq=False)
class Sentences:
    """Texts as points.

    Attributes:
        vectors: (m, d_model), a row for each text.
        truncated: how many texts were longer than the model takes; their ends are not in their vectors.
        longest: the most tokens that it takes.
    """

    vectors: Float32[np.ndarray, "m d_model"]
    truncated: int
    longest: int


def is_encoder(config: Config) -> bool:
    """Whether each of its positions sees all others, so that its points can stand for a whole text."""
    return config.encoder is None and not any(block.attention.causal for block in config.pattern)


def sentences(
    model: "Transformer", tokenizer: Tokenizer, pooling: Pooling, texts: Sequence[str],
    told: Callable[[int, int], None] | None = None,
) -> Sentences:
    """The points of `texts`; `told` hears how many are done, of how many.

    Raises:
        InputError: no texts, or one of no tokens.
    """
    from armillary.transformer.pooled import pooled

    if not texts:
        raise InputError("there is no text to embed")
    before, after = tokenizer.vocabulary.before, tokenizer.vocabulary.after
    room = max(pooling.longest - len(before) - len(after), 0)
    encoded = [tokenizer.encode(text.lower() if pooling.lower else text) for text in texts]
    framed = [[*before, *ids[:room].tolist(), *after] for ids in encoded]
    if not all(framed):
        raise InputError("text {number} has no tokens, and this model puts none around it",
                         number=framed.index([]) + 1)
    vectors = pooled(model, framed, pooling.first, pooling.unit, told)
    return Sentences(vectors, sum(len(ids) > room for ids in encoded), pooling.longest)


def pooling_of(folder: Path, config: Config) -> Pooling:
    """What the files in `folder` say.

    Raises:
        InputError: the model is no encoder.
        UnknownFormat: a step or a way of pooling that is not supported.
        DamagedFile: a file that contradicts itself, or is none.
    """
    if not is_encoder(config):
        raise InputError("{name} goes from left to right, and has no vector for a whole sentence; an encoder has, "
                         "such as minilm-l6-v2", name=folder.name)
    pooling = Pooling(longest=config.n_ctx)
    settings = _read(folder / "sentence_bert_config.json", {})
    longest = settings.get("max_seq_length")
    if longest is not None:
        if type(longest) is not int or longest < 1:
            raise DamagedFile(folder / "sentence_bert_config.json", "has no number of tokens as max_seq_length")
        pooling = replace(pooling, longest=min(longest, config.n_ctx))
    pooling = replace(pooling, lower=settings.get("do_lower_case") is True)
    for step in _read(folder / "modules.json", []):
        pooling = _with(pooling, folder, step)
    return pooling


def _with(pooling: Pooling, folder: Path, step: Any) -> Pooling:
    """`pooling` after one of the steps of modules.json."""
    listed = folder / "modules.json"
    if not isinstance(step, dict) or not isinstance(step.get("type"), str):
        raise DamagedFile(listed, "lists a step without a type")
    kind = step["type"].rpartition(".")[2]
    if kind == "Normalize":
        return replace(pooling, unit=True)
    if kind == "Pooling":
        path = step.get("path")
        if not isinstance(path, str) or not _FOLDER.fullmatch(path):
            raise DamagedFile(listed, "names no folder beside it for the pooling")
        return replace(pooling, first=_mode(folder / path / "config.json") == "cls")
    if kind != "Transformer":
        raise UnknownFormat(listed, "has a step that is not supported: {kind}", kind=kind)
    return pooling


def _mode(file: Path) -> str:
    """The one way of pooling that a file names; the mean where it names none."""
    found = _read(file, {})
    on = [key for key, value in found.items() if key.startswith("pooling_mode_") and value is True]
    modes: list[str] = [_MODES.get(key, key) for key in on] or [str(found.get("pooling_mode", "mean"))]
    if len(modes) > 1 or modes[0] not in _MODES.values():
        raise UnknownFormat(file, "pools in a way that is not supported: {modes}", modes=", ".join(modes))
    return modes[0]


def _read(file: Path, empty: Any) -> Any:
    """The value in a JSON file, of the type of `empty`, which it is if the file is not there."""
    if not file.is_file():
        return empty
    found = parse_json(file, bytes(map_file(file)))
    if not isinstance(found, type(empty)):
        raise DamagedFile(file, "is not what it should be: a JSON {kind}",
                          kind="object" if isinstance(empty, dict) else "array")
    return found
