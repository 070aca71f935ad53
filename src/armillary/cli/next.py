"""next: the scores of the token that comes next, and what the settings of the drawing make of them."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from armillary.cli.command import command, option
from armillary.cli.options import json_option, quiet_option
from armillary.cli.show import as_json, say_line, table
from armillary.cli.speaking import (
    bar,
    device_options,
    drawing_options,
    model_option,
    opened_model,
    percent,
    samplings,
)
from armillary.cli.tokens import shown, text_or_stdin
from armillary.language import say

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel
    from armillary.speak.sample import Sampling


@command(
    "next",
    """
    armillary next "The capital of France is" --in smollm2-135m-instruct
    armillary next "中国的首都是" --in gemma3-270m --temperature 0 --temperature 1 --temperature 5
    armillary next "The cat sat on the" --in smollm2-135m-instruct --all --json
    """,
)
@click.argument("text")
@model_option
@option("-n", "count", default=10, show_default=True, type=click.IntRange(1, 1_000), help="How many tokens to show.")
@option("--all", "every", is_flag=True, help="What is predicted after every token, as in training.")
@drawing_options(temperature=1.0)
@device_options
@json_option
@quiet_option
def next_command(
    text: str, target: str, count: int, every: bool, dtype: str, device: str, json_: bool, quiet: bool, **drawing: Any
) -> None:
    """The tokens that may come next, with their scores and chances.

    A model gives every token of its vocabulary a score (logit). The softmax makes chances of them: e to the score,
    divided by the sum for all. TEXT is taken as it is; `-` reads it from stdin. Only the last token's row predicts what
    comes next; with --all the rows of the others are shown too, each of which was to predict the token after it when
    the model learned.
    """
    hows = samplings(drawing)
    read = text_or_stdin(text)
    model = opened_model(target, quiet, dtype, device, keep=False)
    if every:
        return _every(model, read, count if json_ else 1, json_)
    scores, seen = model.scores(read), model.ids(read)
    from armillary.speak.candidates import candidates

    lists = [candidates(scores, model.tokenizer, count, how, seen) for how in hows]
    if json_:
        several = {"by_temperature": [{"temperature": how.temperature, "next": list(map(asdict, found))}
                                      for how, found in zip(hows, lists, strict=True)]} if len(hows) > 1 else {}
        return as_json({"next": list(map(asdict, lists[0])), **several})
    if len(hows) == 1:
        rows = [(place, shown(one.token), f"{one.id:>6}", one.logit, percent(one.probability), bar(one.probability))
                for place, one in enumerate(lists[0], 1)]
        table((say("rank"), say("token"), "    id", say("score"), say("chance"), ""), rows)
    else:
        _side_by_side(model, read, hows, count)
    return say_line(say("{count:,} tokens have a score", count=len(scores)))


def _side_by_side(model: "LanguageModel", text: str, hows: "list[Sampling]", count: int) -> None:
    """The chances of the same tokens at several temperatures."""
    from armillary.speak.candidates import candidates
    from armillary.speak.sample import chances

    scores, seen = model.scores(text), model.ids(text)
    odds = [chances(scores, how, seen) for how in hows]
    rows = [(shown(one.token), one.logit, *(percent(each[one.id]) for each in odds))
            for one in candidates(scores, model.tokenizer, count)]
    table((say("token"), say("score"), *(f"T = {how.temperature:g}" for how in hows)), rows)
    rest = [1 - sum(each[one.id] for one in candidates(scores, model.tokenizer, count)) for each in odds]
    say_line(say("all others together: {listed}", listed=", ".join(percent(max(one, 0.0)) for one in rest)))


def _every(model: "LanguageModel", text: str, count: int, json_: bool) -> None:
    """A row for each token: what is likeliest after it, and the chance of what came."""
    from armillary.speak.candidates import candidates, name
    from armillary.speak.sample import softmax

    ids = [*model.ids(text), -1]
    rows: list[Any] = []
    for place, (one, scores) in enumerate(model.rows(text)):
        best, came = candidates(scores, model.tokenizer, count), ids[place + 1]
        chance = float(softmax(scores)[came]) if came >= 0 else None
        if json_:
            rows.append({"token": name(model.tokenizer, one), "id": one, "chance_of_what_came": chance,
                         "next": list(map(asdict, best))})
        else:
            came_text = "?" if came < 0 else shown(name(model.tokenizer, came))
            rows.append((shown(name(model.tokenizer, one)), shown(best[0].token), percent(best[0].probability),
                         came_text, "" if chance is None else percent(chance)))
    if json_:
        as_json({"rows": rows})
    else:
        table((say("after"), say("likeliest"), say("chance"), say("what came"), say("its chance")), rows)
