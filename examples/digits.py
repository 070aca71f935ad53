"""An image in, its name out: patches of handwritten digits, read by an encoder and spelled by a decoder.

    python examples/digits.py                        the digit itself: 7
    python examples/digits.py --names english        seven
    python examples/digits.py --names chinese        七
    python examples/digits.py --names english --out seven.svg

Scikit-learn's 1,797 digits of 8 x 8 pixels (from the UCI repository, doi:10.24432/C50P49) are cut into 16 patches of
2 x 2: a digit is 16 tokens of 4 numbers. Each digit is held out once: in five parts, each named by what was learned
from the other four, with copies of theirs that are moved by a pixel. Right is a name that is spelled exactly.

The picture shows a held-out digit, and which patches each character listened to.
"""

from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
from sklearn.datasets import load_digits

from armillary.draw import heads_svg
from armillary.learning.pieces import Namer, learn_names
from armillary.learning.supervised.figures import Part

NAMES = {
    "digits": "0 1 2 3 4 5 6 7 8 9",
    "english": "zero one two three four five six seven eight nine",
    "chinese": "零 一 二 三 四 五 六 七 八 九",
}
SIDE, PATCH, PARTS = 8, 2, 5


def patches(image: np.ndarray) -> np.ndarray:
    """An image (8, 8) as its patches (16, 4), row by row."""
    across = SIDE // PATCH
    return image.reshape(across, PATCH, across, PATCH).transpose(0, 2, 1, 3).reshape(across**2, PATCH**2)


def moved(image: np.ndarray) -> Iterator[np.ndarray]:
    """An image, and the same moved by a pixel up, down, left and right."""
    yield image
    framed = np.pad(image, 1)
    for down, right in ((0, 1), (2, 1), (1, 0), (1, 2)):
        yield framed[down : down + SIDE, right : right + SIDE]


def learned(images: np.ndarray, names: list[str], steps: int, seed: int) -> Namer:
    """What tells the names of `images`."""
    pieces = [patches(one) for image in images for one in moved(image)]
    return learn_names(pieces, [name for name in names for _ in range(5)], steps=steps, seed=seed)


def picture(namer: Namer, image: np.ndarray) -> str:
    """A digit, and what each character of its name listened to."""
    said, pattern = namer.listen(patches(image))
    across = SIDE // PATCH
    heard = [row.reshape(across, across) for row in pattern]
    shown = [(image / 16).astype(np.float32) ** 2, *heard]  # a picture is shaded by the root
    return heads_svg([shown], [""], ["", *said, "■"], f"{said}: what each character listened to, and the end (■)")


@click.command()
@click.option("--names", "kind", default="digits", show_default=True, type=click.Choice(list(NAMES)))
@click.option("--steps", default=500, show_default=True, type=click.IntRange(1), help="Steps of each learning.")
@click.option("--seed", default=1, show_default=True, type=int)
@click.option("--parts", default=PARTS, show_default=True, type=click.IntRange(1, PARTS), help="Learn so many times.")
@click.option("--out", type=click.Path(path_type=Path), help="Draw a digit and what was listened to, as SVG.")
def main(kind: str, steps: int, seed: int, parts: int, out: Path | None) -> None:
    """Learn, and say how many held-out digits are named exactly."""
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, SIDE, SIDE)
    names = [NAMES[kind].split()[digit] for digit in digits]
    part = np.random.default_rng(0).permutation(len(images)) % PARTS
    right: list[bool] = []
    for held in range(parts):
        rows, others = np.flatnonzero(part == held), np.flatnonzero(part != held)
        namer = learned(images[others], [names[row] for row in others], steps, seed)
        said = namer.said([patches(images[row]) for row in rows])
        mine = [one == names[row] for one, row in zip(said, rows, strict=True)]
        right += mine
        strange = sum(one not in NAMES[kind].split() for one in said)
        click.echo(f"part {held + 1}: {sum(mine)} of {len(mine)} right, {sum(mine) / len(mine):.1%}; "
                   f"{strange} names that there are not")
        if out is not None and held == 0:
            row = next(row for row, name in zip(rows, said, strict=True) if name == names[row] and digits[row] == 7)
            out.write_text(picture(namer, images[row]), encoding="utf-8")
    found = Part.of(np.array(right))
    click.echo(f"all: {found.right} of {found.rows} right, {found.accuracy:.1%} "
               f"(95 % interval {found.low:.1%} to {found.high:.1%})")


if __name__ == "__main__":
    main()
