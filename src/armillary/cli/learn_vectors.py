"""learn vectors: a vector for each word of a text."""

from pathlib import Path
from typing import Any

import click

from armillary.cli.command import command, option
from armillary.cli.learn_options import learning_options, run
from armillary.cli.options import words_from
from armillary.learning import vectors_learned

TEXT = (
    option("--min-count", type=click.IntRange(1), help="Words that come less often are left out (5)."),
    option("--max-vocab", type=click.IntRange(1), help="Keep so many words at most, the most frequent ones."),
    option("--keep-case", is_flag=True, help="Keep capital letters; without this, all words are lower-cased."),
    option("--chinese", type=click.Choice(["words", "characters"]), help="Cut Chinese into words, by rjieba's "
           "dictionary, or into characters (words)."),
    option("--split", type=click.Choice(["words", "spaces"]), help="Find words, or split at white space alone "
           "(words)."),
    option("--phrases", type=click.IntRange(0), help="Join words that belong together (new_york), so many times."),
    option("--stop", greedy=True, metavar="WORD...", help="Words to leave out; @FILE reads them from a file."),
    option("--column", metavar="NAME", help="Of Parquet files, the column of text."),
    option("--subwords", is_flag=True, help="Compose words of their n-grams (fastText), which gives unseen words a "
           "vector too; of 3 to 6 characters unless --minn and --maxn say otherwise."),
    option("--minn", type=click.IntRange(1), help="Characters in the shortest n-gram."),
    option("--maxn", type=click.IntRange(1), help="Characters in the longest n-gram."),
    option("--bucket", type=click.IntRange(1), help="Buckets that n-grams are hashed into (2,000,000)."),
)


@command(
    "vectors",
    """
    armillary learn vectors book.txt --out book.space
    armillary learn vectors news/ --out news.space --method cbow --epochs 10 --seed 7
    armillary learn vectors book.txt --out grams.space --subwords
    armillary learn vectors 红楼梦.txt --out 红楼梦.space --chinese characters --held-out 0.01
    """,
)
@click.argument("corpus", nargs=-1, required=True, metavar="CORPUS...", type=click.Path(path_type=Path))
@learning_options(*TEXT)
def vectors_command(corpus: tuple[Path, ...], out: Path, **settings: Any) -> int:
    """A vector for each word of a text.

    CORPUS is files, folders, patterns or `-` (stdin); .gz, .bz2, .xz, .zst and Parquet are read through. Words that
    keep the same company get vectors that lie near each other.

    Methods: skipgram (each word predicts its neighbours: the first choice) and cbow (the neighbours together predict
    the word: faster), both Mikolov et al. 2013; glove (from counts of what stands near; Pennington et al. 2014); ppmi
    (from such counts without learning, strong on small texts; Levy et al. 2015). --subwords is Bojanowski et al. 2017.

    Ctrl-C saves what was learned, and --resume goes on from there; so it does after a crash.
    """
    settings["lower"] = False if settings.pop("keep_case") else None
    stop = frozenset(word for argument in settings.pop("stop") for word in words_from(argument))
    settings["stop"] = stop or None
    if settings.pop("subwords"):
        settings |= {"minn": settings["minn"] or 3, "maxn": settings["maxn"] or 6}
    return run(lambda settings: vectors_learned(corpus, out, settings), out, settings)
