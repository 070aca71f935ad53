"""Opposites learned from context: how near 喜欢 (like) and 讨厌 (dislike) come, and twenty pairs like them.

    python examples/opposites.py reviews.txt

A text, a line each review, is learned twice with every seed: as word vectors (skip-gram), and by a small masked model
whose tokens are words, with the rows of its W_E. Beside the cosine of each pair stand those of the same words paired
otherwise (满意 with 难看), and of words at random among the 2,000 commonest of two characters or more: so it shows
whether opposites are near as such. The reviews of ChnSentiCorp and of online_shopping_10_cats become a text by

    python examples/opposites.py reviews.txt --from ChnSentiCorp_htl_all.csv --from online_shopping_10_cats.csv
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

import armillary
from armillary.space import Space

LISTED = """喜欢/讨厌 好/差 满意/失望 便宜/贵 快/慢 干净/脏 热情/冷淡 方便/麻烦 漂亮/难看 好吃/难吃 舒服/难受
清楚/模糊 安静/吵 值得/不值 简单/复杂 高兴/生气 优点/缺点 放心/担心 开心/伤心 好评/差评 推荐/后悔"""
PAIRS = [tuple(pair.split("/")) for pair in LISTED.split()]
COMMON, DRAWN = 2000, 5000


def reviews(files: Sequence[Path]) -> Iterator[str]:
    """The reviews in tables with such a column, a line each."""
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            found = (" ".join(row["review"].split()) for row in csv.DictReader(lines))
            yield from (review + "\n" for review in found if review)


def word_vectors(text: Path, seed: int) -> Space:
    """Skip-gram's."""
    return armillary.learn_vectors(str(text), vector_size=100, seed=seed)


def masked(text: Path, seed: int, steps: int) -> Space:
    """W_E of a masked model whose tokens are words."""
    with TemporaryDirectory() as folder:
        armillary.learn_bert(text, Path(folder) / "words", tokenizer="words", steps=steps, d_model=96, n_layers=1,
                             context=32, batch=32, seed=seed)
        found = armillary.open(Path(folder) / "words").embedding
        return Space(list(found.labels), np.array(found.vectors))


def cosines(space: Space, pairs: Sequence[Sequence[str]]) -> np.ndarray:
    """Of each pair of words."""
    return np.array([space.similarity(one, other) for one, other in pairs])


def controls(space: Space, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The cosines of the same words paired otherwise, and of common words drawn at random."""
    crossed = [(one, other) for (one, own), (_, other) in product(PAIRS, PAIRS) if other != own]
    words = [word for word in space.labels if len(word) > 1 and all("\u4e00" <= one <= "\u9fff" for one in word)]
    drawn = np.random.default_rng(seed).choice(words[:COMMON], (DRAWN, 2)).tolist()
    return cosines(space, crossed), cosines(space, [pair for pair in drawn if pair[0] != pair[1]])


@click.command()
@click.argument("text", type=click.Path(path_type=Path))
@click.option("--from", "files", multiple=True, type=click.Path(exists=True, path_type=Path), help="Make it first.")
@click.option("--seeds", default=3, type=click.IntRange(1))
@click.option("--steps", default=1500, type=click.IntRange(1), help="Of the masked model.")
@click.option("--only", type=click.Choice(["vectors", "masked"]))
def main(text: Path, files: tuple[Path, ...], seeds: int, steps: int, only: str | None) -> None:
    """Learn with every seed; print the cosines of the pairs, and what they stand beside."""
    if files:
        text.write_text("".join(reviews(files)), encoding="utf-8")
    kinds = {"vectors": lambda seed: word_vectors(text, seed), "masked": lambda seed: masked(text, seed, steps)}
    for name in [only] if only else kinds:
        spaces = [kinds[name](seed) for seed in range(1, seeds + 1)]
        found = np.array([cosines(space, PAIRS) for space in spaces])
        for pair, row in zip(PAIRS, found.T, strict=True):
            click.echo(f"{name}  {'/'.join(pair)}  {'  '.join(f'{one:.2f}' for one in row)}")
        for seed, space in enumerate(spaces, 1):
            crossed, drawn = controls(space, seed)
            own = found[seed - 1]
            above = np.mean([np.mean(one > crossed) for one in own])
            click.echo(f"{name}  seed {seed}: pairs {own.mean():.3f}, the same words otherwise {crossed.mean():.3f}, "
                       f"words at random {drawn.mean():.3f}; a pair is nearer than {above:.0%} of the otherwise paired")


if __name__ == "__main__":
    main()
