"""Frames of speech in, the speaker out: sounds of any length, read by an encoder and named by a decoder.

    pip download --no-deps aeon==1.6.0
    python examples/speech.py aeon-1.6.0-py3-none-any.whl

Nine men say the vowels /ae/ in a row (Kudo, Toyama and Shimbo 1999, doi:10.1016/S0167-8655(99)00077-X): 640 utterances
of 7 to 29 frames. A frame is 25.6 ms of sound, every 6.4 ms, as 12 LPC cepstrum coefficients: a token of 12 numbers.
The data come from the UCI repository (Japanese Vowels, doi:10.24432/C5NS47); the wheel of aeon carries them, and
nothing of it is installed or run. Learned from the 270 utterances that the authors name for it, measured on their 370
others.
"""

import io
import zipfile
from pathlib import Path

import click
import numpy as np

from armillary.learning.pieces import learn_names
from armillary.learning.supervised.figures import Part

LONGEST = 29  # frames
FILES = "aeon/datasets/data/JapaneseVowels/JapaneseVowels_{part}.ts"

Utterances = tuple[list[np.ndarray], list[str]]


def read(text: str) -> Utterances:
    """Utterances as their frames (r, 12), and who spoke.

    A line is an utterance: twelve lists of numbers with colons between, a number for each frame, and the speaker.
    """
    frames, speakers = [], []
    for line in io.StringIO(text):
        if line.strip() and line[0] not in "#@":
            *coefficients, speaker = line.strip().split(":")
            frames.append(np.array([list(map(float, one.split(","))) for one in coefficients], np.float32).T)
            speakers.append(speaker)
    return frames, speakers


def read_wheel(path: Path) -> tuple[Utterances, Utterances]:
    """What is learned from and what is measured on, out of the wheel."""
    with zipfile.ZipFile(path) as wheel:
        first, second = (read(wheel.read(FILES.format(part=part)).decode()) for part in ("TRAIN", "TEST"))
    return first, second


@click.command()
@click.argument("wheel", type=click.Path(exists=True, path_type=Path))
@click.option("--steps", default=300, show_default=True, type=click.IntRange(1), help="Steps of each learning.")
@click.option("--seeds", default=5, show_default=True, type=click.IntRange(1), help="Learn so many times.")
def main(wheel: Path, steps: int, seeds: int) -> None:
    """Learn, and say how many utterances are given to who spoke them."""
    (frames, speakers), (others, wanted) = read_wheel(wheel)
    shares = []
    for seed in range(1, seeds + 1):
        said = learn_names(frames, speakers, steps=steps, batch=32, seed=seed, longest=LONGEST).said(others)
        found = Part.of(np.array([one == other for one, other in zip(said, wanted, strict=True)]))
        shares.append(found.accuracy)
        click.echo(f"seed {seed}: {found.right} of {found.rows} right, {found.accuracy:.1%} "
                   f"(95 % interval {found.low:.1%} to {found.high:.1%})")
    click.echo(f"mean {np.mean(shares):.1%}, from {min(shares):.1%} to {max(shares):.1%}")


if __name__ == "__main__":
    main()
