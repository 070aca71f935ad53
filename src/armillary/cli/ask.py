"""near, similarity, odd: who is close to whom."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import command, option
from armillary.cli.options import (
    encoder_at,
    in_option,
    json_option,
    lines_of,
    opened,
    points_option,
    quiet_option,
    words_from,
)
from armillary.cli.show import as_json, say_line, table, warn
from armillary.errors import InputError
from armillary.geometry.analogy import Rule
from armillary.geometry.scores import Metric
from armillary.language import printable, say
from armillary.space.answers import Neighbours
from armillary.space.sentences import Weighting

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel


@command(
    "near",
    """
    armillary near tower --in glove-6b-50d
    armillary near "king - man + woman" --in glove-6b-50d -n 5
    armillary near "国王 - 男人 + 女人" --in my.space --json
    armillary near '" day"' --in smollm2-135m-instruct --points W_U
    """,
)
@click.argument("words", nargs=-1, required=True, metavar="EXPR")
@in_option
@points_option
@option("-n", "count", default=10, show_default=True, type=click.IntRange(1, 100_000), help="How many neighbours.")
@option("--rule", default="sum", show_default=True, type=click.Choice(["sum", "3cosadd", "3cosmul"]),
        help="How the words of an expression are put together.")
@option("--metric", default="cosine", show_default=True, type=click.Choice(["cosine", "dot", "euclidean", "angle"]),
        help="What near means.")
@option("--among", metavar="WORD|@FILE", multiple=True, help="Only these words; @FILE reads them, one a line.")
@option("--restrict-vocab", type=click.IntRange(1), help="Only the first so many rows (the most frequent, as a rule).")
@option("--min-count", type=click.IntRange(0), help="Only words seen at least so often.")
@option("--through", metavar="SPACE", help="Take the query's point from this space that `align` made.")
@json_option
@option("--jsonl", is_flag=True, help="One JSON object a line, for many queries.")
@quiet_option
def near_command(
    words: tuple[str, ...], target: str, count: int, rule: Rule, metric: Metric, among: tuple[str, ...],
    restrict_vocab: int | None, min_count: int | None, through: str | None, json_: bool, jsonl: bool, quiet: bool,
) -> int:
    """The nearest points of a word or of an expression.

    EXPR is a word, or words with + and - between spaces: "king - man + woman". A label that holds a space goes in
    double quotes. The words of the query are left out of the list and shown below it, with the rank that they would
    have had.

    `-` reads one EXPR a line from stdin. One that cannot be answered is told on stderr, in JSON also in its place, as
    "query" with an "error"; the others are answered all the same, and the exit code is that of the error (3 for an
    unknown word).

    Among the tokens of a language model the word king means the token " king", as in the middle of a text, where there
    is one; '"king"' is the token without the space.

    The rule "sum" adds the vectors as they are, as explainers do; "3cosadd" adds them at unit length, as gensim does;
    "3cosmul" multiplies similarities.
    """
    space = opened(target, quiet)
    source = opened(through, quiet, choice=False) if through else space
    chosen = [word for argument in among for word in words_from(argument)]
    expression = words[0] if len(words) == 1 else " ".join(f'"{word}"' if " " in word else word for word in words)
    code = 0
    for place, query in enumerate(lines_of(expression)):
        if place and not (json_ or jsonl):
            say_line()
        try:
            found = space.near(
                source.point(query), count, rule=rule, metric=metric, among=chosen or None,
                restrict_vocab=restrict_vocab, min_count=min_count,
            )
        except InputError as error:
            if expression != "-":
                raise
            code = max(code, _told(query, error, json_ or jsonl))
            continue
        if json_ or jsonl:
            as_json(asdict(found), lines=jsonl or expression == "-")
        else:
            _show_neighbours(found, metric, space.quoted)
    return code


def _told(query: str, error: InputError, lines: bool) -> int:
    """Tell what is wrong with one of many queries; the exit code that comes of it."""
    warn([printable(f"{query}: {error}")])
    if lines:
        as_json({"query": query, "error": str(error)}, lines=True)
    return error.exit_code


def _show_neighbours(found: Neighbours, metric: Metric, quoted: Callable[[str], str]) -> None:
    heads = [say("rank"), found.query, "3CosMul" if found.rule == "3cosmul" else say("cosine")]
    rows: list[tuple[object, ...]] = [(one.rank, quoted(one.label), one.cosine) for one in found]
    if metric != "cosine":
        heads.append({"dot": say("dot product"), "euclidean": say("distance"), "angle": say("angle")}[metric])
        rows = [(*row, one.score) for row, one in zip(rows, found, strict=True)]
    table(heads, rows)
    if len(found.excluded) > 1:
        listed = ", ".join(f"{quoted(one.label)} {one.cosine:.3f} ({one.rank})" for one in found.excluded)
        say_line(say("left out, being in the query, with cosine and rank: {listed}", listed=listed))


@command(
    "similarity",
    """
    armillary similarity dog cat --in glove-6b-50d
    armillary similarity "dog bites man" "man bites dog" --in glove-6b-50d
    armillary similarity "dog bites man" "a dog bit somebody" --in minilm-l6-v2
    """,
)
@click.argument("a")
@click.argument("b")
@in_option
@points_option
@option("--weighting", default="mean", show_default=True, type=click.Choice(["mean", "sif"]),
        help="How the words of a text are weighed: all alike, or frequent ones less (SIF).")
@json_option
@quiet_option
def similarity_command(a: str, b: str, target: str, weighting: Weighting, json_: bool, quiet: bool) -> None:
    """How alike two words, expressions or texts are.

    Gives the cosine, the dot product and the angle, and where the cosine stands among random pairs of the same space:
    in most spaces two random words are far from perpendicular. An encoder reads both texts whole, as `embed` does; of
    these there are no random pairs. --points W_E asks its table of tokens instead.
    """
    encoder = encoder_at(target)
    if encoder is not None:
        return _whole_texts(encoder, (a, b), weighting, json_, quiet)
    found = opened(target, quiet).compare(a, b, weighting)
    if found.missing and not quiet:
        warn([say("left out, not being in this space: {listed}", listed=", ".join(found.missing))])
    if json_:
        return as_json(asdict(found))
    _show_angle(found.cosine, found.dot, found.angle_degrees)
    share = f"{found.percentile:.1f}" if found.percentile < 99.95 else "> 99.9"
    say_line(say(
        "Of random pairs in this space {share} % are less alike; their mean cosine is {mean:+.2f}, "
        "{negative:.0%} are negative.", share=share, mean=found.random_mean, negative=found.random_negative,
    ))
    return None


def _whole_texts(
    encoder: "LanguageModel", texts: tuple[str, str], weighting: Weighting, json_: bool, quiet: bool
) -> None:
    """How alike an encoder's points of two texts are."""
    from armillary.geometry.angle import angle_degrees, cosine, dot

    if weighting != "mean":
        raise InputError("--weighting is for the words of a space; an encoder weighs them itself")
    found = encoder.sentence_vectors(texts)
    a, b = found.vectors
    unknown = [token.text for text in texts for token in encoder.tokenizer.tokens(text) if token.special]
    if unknown and not quiet:
        warn([say("unknown to this model, which reads [UNK] in their place: {listed}",
                  listed=", ".join(dict.fromkeys(unknown)))])
    if found.truncated and not quiet:
        warn([say("{count} texts are longer than the {longest} tokens that {target} takes; their ends are left out",
                  count=found.truncated, longest=found.longest, target=encoder.name)])
    facts: dict[str, Any] = {"a": texts[0], "b": texts[1], "cosine": cosine(a, b), "dot": dot(a, b),
                             "angle_degrees": angle_degrees(a, b), "missing": unknown, "truncated": found.truncated}
    if json_:
        return as_json(facts)
    return _show_angle(facts["cosine"], facts["dot"], facts["angle_degrees"])


def _show_angle(cosine: float, dot: float, degrees: float) -> None:
    table(("", ""), [
        (say("cosine"), f"{cosine:.4f}"), (say("dot product"), f"{dot:.4f}"), (say("angle"), f"{degrees:.1f}°"),
    ])


@command(
    "odd",
    """
    armillary odd breakfast cereal dinner lunch --in glove-6b-50d
    armillary odd apple pear hammer plum --in glove-6b-50d --json
    """,
)
@click.argument("words", nargs=-1, required=True, metavar="WORD...")
@in_option
@points_option
@json_option
@quiet_option
def odd_command(words: tuple[str, ...], target: str, json_: bool, quiet: bool) -> None:
    """The word that does not belong to the others.

    It is the one with the smallest cosine to the mean of all of them, each at unit length.
    """
    found = opened(target, quiet).odd(words)
    if json_:
        as_json({"odd": found.odd, "scores": {one.label: one.score for one in found.scores}})
    else:
        table((say("word"), say("cosine with the mean")), [(one.label, one.score) for one in found.scores])
        say_line(say("{word} does not belong.", word=found.odd))
