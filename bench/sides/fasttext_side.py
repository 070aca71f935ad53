"""fastText's side: its program, built from source, by the speed that it prints of its own training."""

import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from measure import Watch, run

from armillary.opening import open

VERSION = "fastText"
MIN_COUNT = 5
NAMES = {"vector_size": "dim", "window": "ws", "negative": "neg", "sample": "t", "epochs": "epoch", "workers": "thread",
         "minn": "minn", "maxn": "maxn", "bucket": "bucket", "alpha": "lr", "seed": "seed"}


def learn(program: str, text: str, method: str, out: str = "", **plan: Any) -> dict[str, Any]:
    """Learn word vectors; the time is that of the words of the text at the speed of its last line."""
    options = [word for name, option in NAMES.items() for word in (f"-{option}", str(plan[name]))]
    with tempfile.TemporaryDirectory() as folder:
        files = ["-input", text, "-output", f"{folder}/vectors", "-minCount", str(MIN_COUNT)]
        said = subprocess.run([program, method, *files, *options], check=True, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).stdout
        rows = open(f"{folder}/vectors.vec")
        if out:
            np.save(out, rows.vectors)
            Path(out).with_suffix(".txt").write_text("\n".join(rows.labels), encoding="utf-8")
    watch = Watch()
    speed = float(re.findall(r"words/sec/thread: +(\d+)", said)[-1]) * plan["workers"]
    watch.walls.append(_places(Path(text)) * plan["epochs"] / speed)
    return watch.report(len([label for label in rows.labels if label != "</s>"]), VERSION)


def _places(text: Path) -> int:
    """Words that are learned from, and ends of lines, which fastText counts as words."""
    with text.open(encoding="utf-8") as lines:
        counts = Counter(word for line in lines for word in [*line.split(), "</s>"])
    return sum(count for count in counts.values() if count >= MIN_COUNT)


if __name__ == "__main__":
    run(learn)
