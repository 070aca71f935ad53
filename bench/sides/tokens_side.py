"""A text to tokens: Armillary and tiktoken, each in a process of its own; reading the ranks is not measured."""

import base64
from hashlib import sha256
from pathlib import Path
from typing import Any

from measure import Watch, run

TIMES = 3


def armillary(file: str, ranks: str) -> dict[str, Any]:
    """`encode` gives an array of ids."""
    from armillary.opening import open_tokenizer

    return _measured(open_tokenizer(ranks).encode, file, "Armillary")


def tiktoken(file: str, ranks: str) -> dict[str, Any]:
    """`encode_ordinary` gives a list of ids, which is its fastest way; the pattern is from its own source."""
    from tiktoken import Encoding, __version__
    from tiktoken_ext import openai_public

    openai_public.load_tiktoken_bpe = lambda *_, **__: {}  # the ranks are here: nothing is fetched
    pattern = openai_public.cl100k_base()["pat_str"]
    pieces = (line.split() for line in Path(ranks).read_bytes().splitlines())
    table = {base64.b64decode(piece): int(rank) for piece, rank in pieces}
    found = Encoding("cl100k_base", pat_str=pattern, mergeable_ranks=table, special_tokens={})
    return _measured(found.encode_ordinary, file, f"tiktoken {__version__}")


def _measured(encode: Any, file: str, version: str) -> dict[str, Any]:
    import numpy as np

    text = Path(file).read_text(encoding="utf-8")
    watch = Watch()
    for _ in range(TIMES):
        with watch:
            ids = encode(text)
    return watch.report({"ids": len(ids), "sha256": sha256(np.array(ids, np.uint32).tobytes()).hexdigest()}, version)


if __name__ == "__main__":
    run(armillary, tiktoken)
