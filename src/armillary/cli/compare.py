"""align, evaluate: two spaces side by side, a space against tests."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from armillary.cli.command import command, option
from armillary.cli.options import (
    complete_target,
    force_option,
    json_option,
    lines_in,
    opened,
    points_option,
    quiet_option,
    seed_option,
)
from armillary.cli.progress import progress
from armillary.cli.show import as_json, say_line, table
from armillary.errors import InputError
from armillary.geometry.evaluation import RESTRICT_VOCAB
from armillary.language import say
from armillary.space.evaluating import AnalogyScore, Rules, Score, SimilarityScore


@command(
    "align",
    """
    armillary align 1900.space 2000.space --out moved.space
    armillary align zh.space en.space --pairs lexicon.tsv --out zh-in-en.space
    armillary near 国王 --in en.space --through zh-in-en.space
    """,
)
@click.argument("source", metavar="A", shell_complete=complete_target)
@click.argument("onto", metavar="B", shell_complete=complete_target)
@points_option
@option("--pairs", type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A file of word pairs, a tab between them; without it, the labels that both spaces hold.")
@option("--centred", is_flag=True, help="Take the mean off both spaces first (better across languages).")
@option("--out", type=click.Path(path_type=Path), help="The space A turned onto B, for near --through.")
@option("-n", "count", default=10, show_default=True, type=click.IntRange(1), help="How many words to list.")
@force_option
@json_option
@quiet_option
def align_command(
    source: str, onto: str, pairs: Path | None, centred: bool, out: Path | None, count: int, force: bool,
    json_: bool, quiet: bool,
) -> None:
    """Turn space A onto space B (orthogonal Procrustes), and see which words moved most.

    Two spaces learned apart differ by a rotation. The words that both hold settle it; those that still lie far apart
    afterwards have moved: between two decades, two corpora, two runs.
    """
    a, b = opened(source, quiet), opened(onto, quiet)
    with progress(say("aligning"), quiet):
        found = a.align(b, _pairs(pairs) if pairs else None, centred)
        if out is not None:
            found.space.save(out, force)
    if json_:
        as_json({
            "shared": found.shared, "residual": found.residual, "settled_directions": found.settled, "dim": a.dim,
            "moved": [{"label": one.label, "cosine": one.cosine} for one in found.moved[:count]],
        })
        return
    say_line(say("{shared:,} words settle {settled} of {dim} directions; {residual:.1%} of the length is left over.",
                 shared=found.shared, settled=found.settled, dim=a.dim, residual=found.residual))
    table((say("moved most"), say("cosine")), [(one.label, one.cosine) for one in found.moved[:count]])


def _pairs(file: Path) -> list[tuple[str, str]]:
    pairs = []
    for number, line in lines_in(file):
        first, tab, second = line.partition("\t")
        if not (first and tab and second):
            raise InputError("line {number} of {file} is no pair of words with a tab between them",
                             number=number, file=str(file))
        pairs.append((first.strip(), second.strip()))
    return pairs


@command(
    "evaluate",
    """
    armillary evaluate glove-6b-50d --suite questions-words.txt
    armillary evaluate my.space --suite questions-words.txt wordsim353.tsv --json
    """,
)
@click.argument("target", shell_complete=complete_target)
@points_option
@option("--suite", "files", greedy=True, required=True, metavar="FILE...", type=click.Path(path_type=Path),
        help="Analogies (word2vec's form), pairs with scores (tabs), or a CSV of words and categories.")
@option("--restrict-vocab", default=RESTRICT_VOCAB, show_default=True, type=click.IntRange(1),
        help="Only the first so many rows are asked about and searched.")
@option("--case-sensitive", is_flag=True, help="Look words up as they are spelled.")
@seed_option
@json_option
@quiet_option
def evaluate_command(
    target: str, files: tuple[Path, ...], restrict_vocab: int, case_sensitive: bool, seed: int, json_: bool,
    quiet: bool,
) -> None:
    """Analogy, similarity and category tests.

    The kind of each file is recognised. The rules are gensim's unless told otherwise, so the numbers are too: the first
    300,000 rows, case ignored, questions with unknown words skipped and counted.
    """
    space = opened(target, quiet)
    with progress(say("questions"), quiet) as told:
        scores = space.evaluate(files, Rules(restrict_vocab, not case_sensitive, seed), told)
    if json_:
        as_json(_facts(scores))
        return
    for score in scores:
        table(*_told(score))
        say_line()


def _facts(scores: tuple[Score, ...]) -> dict[str, Any]:
    """Every suite by itself, all analogies together, and the first similarity test."""
    analogies = [one for one in scores if isinstance(one, AnalogyScore)]
    similarity = next((one for one in scores if isinstance(one, SimilarityScore)), None)
    return {
        "analogies": {
            "correct": sum(one.correct for one in analogies), "asked": sum(one.asked for one in analogies),
            "skipped": sum(one.skipped for one in analogies),
            "by_section": [asdict(section) for one in analogies for section in one.by_section],
        } if analogies else None,
        "similarity": asdict(similarity) if similarity else None,
        "suites": [asdict(one) for one in scores],
    }


def _told(score: Score) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
    """The heads and the rows of a table."""
    if isinstance(score, AnalogyScore):
        rows: list[tuple[object, ...]] = [
            (one.name, one.correct, one.asked, _share(one.correct, one.asked), one.skipped) for one in score.by_section
        ]
        total = (say("all"), score.correct, score.asked, _share(score.correct, score.asked), score.skipped)
        return (score.file, say("correct"), say("asked"), "%", say("skipped")), [*rows, total]
    if isinstance(score, SimilarityScore):
        between = f"{score.low:.3f} – {score.high:.3f}"
        return (score.file, "Spearman", say("95 % interval"), "Pearson", say("pairs"), say("skipped")), [
            ("", score.spearman, between, score.pearson, score.pairs, score.skipped)
        ]
    return (score.file, say("purity"), say("categories"), say("words"), say("skipped")), [
        ("", score.purity, score.categories, score.words, score.skipped)
    ]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "–"
