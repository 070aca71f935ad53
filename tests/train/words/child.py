"""A training in a process of its own: `child.py WORKERS [SAVE]` prints the SHA-256 of the vectors.

With SAVE it saves after the first steps, says so after each, and waits to be killed once the fifth is saved.
"""

import sys
import time
from hashlib import sha256

from armillary.train.words import Plan, fit
from tests.train.words.texts import company

PLAN = {"vector_size": 20, "epochs": 3, "shards": 3, "period": 20, "negative": 3, "sample": 0.1}


def main(workers: int, save: str | None = None) -> None:
    for number, step in enumerate(fit(company(), Plan(workers=workers, **PLAN)), start=1):
        if save:
            step.training.save(save)
            sys.stdout.write(f"saved {number}\n")
            sys.stdout.flush()
        while save and number == 5:
            time.sleep(0.02)
    sys.stdout.write(sha256(step.training.vectors.tobytes()).hexdigest() + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
