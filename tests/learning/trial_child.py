"""One of two processes whose clocks go at different speeds: it learns, and writes down how long its trial was."""

import faulthandler
import json
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import torch

from armillary.learning.gpt.learn import learn_gpt
from armillary.learning.self_supervised import learning
from armillary.train.fit import Step, fit
from armillary.train.together import join, leave, place

if __name__ == "__main__":
    faulthandler.dump_traceback_later(60, exit=True)  # two that do not agree wait for each other for good
    torch.set_num_threads(1)
    join()
    clock, tried = count(step=1 if place() else 0.001), []

    def counted(*given: object) -> Iterator[Step]:
        for step in fit(*given):
            tried.append(step.number)
            yield step

    learning.perf_counter, learning.fit = clock.__next__, counted
    folder = Path(sys.argv[1])
    card = learn_gpt(folder / "book.txt", folder / "out", minutes=0.001, d_model=16, n_layers=1, context=16, batch=4)
    (folder / f"{place()}.json").write_text(json.dumps({"tried": tried, "steps": card.steps, "sha256": card.sha256}))
    leave()
