"""A text file to windows of ids: Armillary, and a `map` of `datasets` with a tokenizer of `tokenizers`.

The answer is how many bytes the ids stand for.
"""

import tempfile
from pathlib import Path
from typing import Any

from measure import Watch, run

WINDOW, PROCESSES = 1024, 2


def armillary(file: str, tokenizer: str) -> dict[str, Any]:
    """What `armillary learn gpt` does with a text before it learns."""
    from armillary.opening import open_tokenizer
    from armillary.train.packing import numbered

    pairs = open_tokenizer(tokenizer)
    with Watch() as watch:
        ids = numbered(pairs, Path(file).read_text(encoding="utf-8"))
        windows = ids[: len(ids) // WINDOW * WINDOW].reshape(-1, WINDOW)
    assert windows.shape[1] == WINDOW
    return watch.report(len(pairs.decode_bytes(ids)), "Armillary")


def datasets(file: str, tokenizer: str) -> dict[str, Any]:
    """Lines to ids, ids to windows, in batches of a thousand, by two processes; the last of each may be short."""
    import numpy as np
    from datasets import Dataset, __version__, disable_progress_bars, load_dataset
    from tokenizers import Tokenizer

    pairs = Tokenizer.from_file(str(Path(tokenizer) / "tokenizer.json"))
    disable_progress_bars()

    def encoded(batch: dict[str, list[str]]) -> dict[str, list[list[int]]]:
        return {"ids": [one.ids for one in pairs.encode_batch_fast(batch["text"], add_special_tokens=False)]}

    def packed(batch: dict[str, list[list[int]]]) -> dict[str, list[list[int]]]:
        ids = [one for line in batch["ids"] for one in line]
        return {"ids": [ids[first : first + WINDOW] for first in range(0, len(ids), WINDOW)]}

    with tempfile.TemporaryDirectory(dir=Path(file).parent) as cache:
        with Watch() as watch:
            lines = load_dataset("text", data_files=file, split="train", cache_dir=cache, keep_linebreaks=True)
            told = {"batched": True, "num_proc": PROCESSES}
            numbers: Dataset = lines.map(encoded, remove_columns="text", **told).map(packed, **told)
        lengths = np.array([len(pairs.id_to_token(row)) for row in range(pairs.get_vocab_size())])
        size = sum(int(lengths[ids].sum()) for ids in numbers.with_format("numpy")["ids"])
    return watch.report(size, f"datasets {__version__}")


if __name__ == "__main__":
    run(armillary, datasets)
