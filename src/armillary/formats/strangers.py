"""What a file is that holds no vectors, told from its first bytes, and what to do with it."""

import re
from collections.abc import Callable

from armillary.formats.text_rows import bare
from armillary.formats.unpack import SENTENCES, packing

_HTML = re.compile(rb"\s*<(!doctype|html|head|body|\?xml)", re.IGNORECASE)
_PICKLE = re.compile(rb"\x80[\x02-\x05]|\(dp\d|\(lp\d|c[a-z_.]+\n[A-Za-z_]+\n", re.DOTALL)
_LAYERS = re.compile(rb'"[^"{}]*\.\d+\.[^"{}]*weight"')
_SPARSE = re.compile(rb"\d+:[-+.\deE]+")

_SENTENCES = {
    "empty": "is empty",
    "zeros": "begins with nothing but zero bytes, as files do that were never filled in",
    "lfs": "is a Git LFS pointer, not the file itself; `git lfs pull` brings the file",
    "gensim": "is a model as gensim pickles it, which is never opened. Export it with gensim: "
    "KeyedVectors.load(FILE).save_word2vec_format('vectors.bin', binary=True); of a whole model, load(FILE).wv",
    "pickle": "is a Python pickle, which could run any code and is never opened; export its vectors as .npy or text",
    "model": "holds the weights of a language model; of safetensors name the folder, where config.json lies too",
    "page": "is a web page, not the file that it offers; fetch that one",
    "pdf": "is a PDF document, which holds no vectors",
    "hdf5": "is an HDF5 file; export its matrix as .npy, with the labels in a text file beside it",
    "archive": "is an archive; unpack it and name a file in it",
    "packed": "is packed twice; unpack it once",
    "utf-16": "is text in UTF-16; save it as UTF-8 first: iconv -f UTF-16 -t UTF-8 FILE > NEW",
    "sparse": "holds sparse vectors (index:value), as those of PPMI; only vectors with all their numbers are read",
    "text": "is text, but no word vectors: its lines do not end in numbers",
    "unknown": "is in no format that is known here. Read are word2vec (text, binary), GloVe, fastText (.vec .bin "
    ".ftz), .npy, .safetensors, Parquet, Arrow and the files of the TensorBoard projector",
}


def what_it_is(head: bytes) -> str:
    """A sentence (a message of UnknownFormat) on a file that begins with `head` and is none that can be read."""
    name = next(name for name, is_one in _STRANGERS if is_one(head))
    return SENTENCES[name] if name in SENTENCES else _SENTENCES[name]


def is_language_model(head: bytes) -> bool:
    """Whether a safetensors file begins so that it has the weights of numbered layers."""
    return head[8:9] == b"{" and _LAYERS.search(head) is not None


def is_sparse(head: bytes) -> bool:
    """Lines of `word 9:0.0221 17:0.3`."""
    rows = [bare(line).split(b" ")[1:] for line in head.split(b"\n", 3)[:3]]
    return any(row and all(map(_SPARSE.fullmatch, row[:1000])) for row in rows)


def _starts(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(beginnings)


def _is_pickle(head: bytes) -> bool:
    return _PICKLE.match(head) is not None


def _is_utf16(head: bytes) -> bool:
    """A byte order mark, or ASCII with every other byte zero."""
    even, odd = head[:1000:2], head[1:1000:2]
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or (
        len(odd) > 8 and (even.count(0) == 0 == len(odd.strip(b"\0")) or odd.count(0) == 0 == len(even.strip(b"\0")))
    )


def _is_text(head: bytes) -> bool:
    return not any(byte < 9 for byte in head)


_STRANGERS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("empty", lambda head: not head),
    ("zeros", lambda head: not head.strip(b"\0")),
    ("lfs", _starts(b"version https://git-lfs")),
    ("gensim", lambda head: b"gensim" in head and _is_pickle(head)),
    ("torch", lambda head: b"torch" in head and _is_pickle(head)),
    ("pickle", _is_pickle),
    ("model", lambda head: head.startswith(b"GGUF") or is_language_model(head)),
    ("page", lambda head: _HTML.match(head) is not None),
    ("pdf", _starts(b"%PDF")),
    ("hdf5", _starts(b"\x89HDF")),
    ("archive", lambda head: head.startswith((b"7z\xbc\xaf", b"Rar!")) or head[257:262] == b"ustar"),
    ("packed", lambda head: packing(head) is not None),
    ("utf-16", _is_utf16),
    ("sparse", is_sparse),
    ("text", _is_text),
    ("unknown", lambda head: True),
)
