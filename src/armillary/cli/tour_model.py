"""tour: its second half, a text on its way through a language model, told in the terminal."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from armillary.cli.count import SENTENCES_OF_KINDS
from armillary.cli.pages import wrapped
from armillary.cli.speaking import bar
from armillary.cli.tour_pages import page_of_model
from armillary.draw import Bar, Scatter, bars_text, heat_text, paths_text
from armillary.draw.measure import cells, left, right
from armillary.draw.paths import MARKS
from armillary.language import printable, say

_WIDTH = 74
_SENTENCES_OF_POSITIONS = {
    "rotary": "This model has rotary positions, and they add nothing: between the rows of W_E and the points that the "
    "first block is given, no number differs by more than {largest:.1g}. Inside attention they turn the queries and "
    "keys of each head, {pairs} pairs of numbers, by an angle that grows with the place: what a query and a key have "
    "in common then depends on how far apart they stand.",
    "learned": "This model adds a row of a second table, W_pos, at each of {n_ctx:,} places; here it changes a number "
    "by up to {largest:.2g}. The same token at two places starts as two points.",
    "sinusoidal": "This model adds sines and cosines at each place, from fast to slow; here they change a number by "
    "up to {largest:.2g}. The same token at two places starts as two points.",
    "halved": "This model adds sines, then cosines at each place, from fast to slow; here they change a number by up "
    "to {largest:.2g}. The same token at two places starts as two points.",
    "none": "This model does not tell places apart: the same words in another order start as the same points.",
}


def chapters_of_model(facts: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """(title, paragraphs) of each stop; a paragraph that starts with a tab is figures."""
    tellers: list[tuple[str, Callable[[dict[str, Any]], list[str]], str]] = [
        (say("A language model: text becomes tokens"), _tokens, "tokens"),
        (say("Each token is a row of W_E"), _rows, "rows"),
        (say("One-hot times matrix, four ways"), _one_hot, "one_hot"),
        (say("Where a token stands"), _positions, "positions"),
        (say("Attention: who listens to whom"), _attention, "attention"),
        (say("A point on its way through the layers"), _journey, "journey"),
        (say("The last point becomes scores"), _scores, "scores"),
        (say("Softmax: scores become chances"), _temperatures, "temperatures"),
        (say("The next word"), _next_word, "next_word"),
        (say("Every number, counted"), _parameters, "parameters"),
    ]
    for title, teller, name in tellers:
        yield title, [*teller(facts[name]), page_of_model(name, facts["tokens"]["model"])]


def shown(token: str) -> str:
    """A token with its spaces to be seen."""
    return printable(token).replace(" ", "␣")


def _tokens(facts: dict[str, Any]) -> list[str]:
    lines, line = [], ""
    for one in facts["tokens"]:
        piece = shown(one["text"])
        if line and cells(line + piece) > _WIDTH:
            lines.append(line)
            line = ""
        line += f"{piece}│"
    told = [
        say("A language model reads tokens, not words. The tokenizer of {model} has cut the text at the lines, into "
            "{count} of its {d_vocab:,} tokens; ␣ is a space, which belongs to the word after it.",
            model=facts["model"], count=len(facts["tokens"]), d_vocab=facts["d_vocab"]),
        "\t" + "\n".join([*lines, line]),
    ]
    if facts["cut"]:
        told.append(say("The text is longer; only so many tokens are taken along here."))
    return told


def _rows(facts: dict[str, Any]) -> list[str]:
    lines = [
        f"{left(shown(one['token'])[:16], 18)}{one['id']:>7}   " + " ".join(f"{x:+.3f}" for x in one["numbers"]) + " …"
        for one in facts["rows"]
    ]
    told = [
        say("W_E, the embedding, is a table like GloVe's: {d_vocab:,} rows of {d_model} numbers, {numbers:,} in all. "
            "Token number i starts as row i. Each token with its number, and the first of its {d_model} numbers:",
            d_vocab=facts["d_vocab"], d_model=facts["d_model"], numbers=facts["numbers"]),
        "\t" + "\n".join(lines),
    ]
    if facts["twice"]:
        told.append(say("{token} is there twice and starts twice as the same row. Only what stands around it can tell "
                        "the two apart.", token=shown(facts["twice"])))
    return told


def _one_hot(facts: dict[str, Any]) -> list[str]:
    small = [
        f"{character}   {' '.join('1' if column == row else '0' for column in range(5))}   →  "
        + " ".join(f"{x:+.3f}" for x in facts["product"][row])
        for row, character in enumerate(facts["characters"])
    ]
    real = [
        f"{one['name']:<14}{1000 * one['seconds']:>12.3f} ms{one['multiplications']:>18,}"
        for one in facts["ways"]
    ]
    equal = facts["characters_equal"] and all(one["equal_bit_for_bit"] for one in facts["ways"])
    return [
        say("Five characters, a table with three numbers for each, drawn at random, and the product of each one-hot "
            "vector with it: a row of the table."),
        "\t" + "\n".join(small),
        say("The same on this text and the real W_E, in four ways (time, multiplications):"),
        "\t" + "\n".join(real),
        (say("All four give the same bits.") if equal else say("They do not give the same bits!")) + " " + say(
            "nn.Embedding multiplies nothing: it reads rows. nn.Linear is the product again, its weight being the "
            "table transposed. Two things would part them: NaN or infinity in another row, for 0 times infinity is "
            "NaN; and -0.0, whose sign a sum loses."),
    ]


def _positions(facts: dict[str, Any]) -> list[str]:
    told = []
    if facts["scale"] != 1:
        told.append(say("First this model multiplies each row by {scale:.2f}, the root of d_model.",
                        scale=facts["scale"]))
    told.append(say(_SENTENCES_OF_POSITIONS[facts["kind"]], largest=facts["largest_added"], pairs=facts["pairs"],
                    n_ctx=facts["n_ctx"]))
    return told


def _attention(facts: dict[str, Any]) -> list[str]:
    best = ", ".join(f"{shown(one['token'])} {one['share']:.0%}" for one in facts["last_listens_to"])
    return [
        say("In each of {blocks} blocks {heads} heads let tokens listen to those before them. Of all {all} this one, "
            "head {head} of block {block} (counted from 0), listens most to those far back. A row is a token that "
            "listens, a column one that is listened to, in the same order; a row adds up to 1.",
            blocks=facts["blocks"], heads=facts["heads"], all=facts["blocks"] * facts["heads"], head=facts["head"],
            block=facts["block"]),
        "\t" + heat_text(np.array(facts["pattern"], np.float32), [shown(one) for one in facts["tokens"]], _WIDTH),
        say("The last token listens to: {best}. Over all heads {share:.0%} of the listening goes to the first token, "
            "where a head looks that has found nothing.", best=best, share=facts["on_first"]),
    ]


def _journey(facts: dict[str, Any]) -> list[str]:
    every = max(1, len(facts["layers"]) // 8)
    chosen = facts["layers"][:: every]
    chosen = chosen if chosen[-1] is facts["layers"][-1] else [*chosen, facts["layers"][-1]]
    lines = [left(say("layer"), 8) + left(say("cosine with its start"), 34) + left(say("length"), 10) + say("read as")]
    lines += [f"{one['layer']:<8}{bar(max(0.0, one['cosine_with_start'])):<26}{one['cosine_with_start']:<8.2f}"
              f"{one['length']:<10.1f}{shown(one['read_as'])}" for one in chosen]
    told = [
        say("Layer by layer the blocks add to the point of {token}, the last token: it leaves its start and gathers "
            "what the text says. Read by W_U at each layer, as if no more were to come, it would be this token:",
            token=shown(facts["token"])),
        "\t" + "\n".join(lines),
    ]
    if twice := facts["twice"]:
        ways = np.array(twice["ways"])
        count = ways.shape[1]
        labels = [f"{mark} " + say("{token} at place {place}", token=shown(twice["token"]), place=place)
                  for mark, place in zip(MARKS, twice["positions"], strict=False) for _ in range(count)]
        drawn = Scatter(ways.reshape(-1, 2), labels, ("", ""), paths=[range(count), range(count, 2 * count)])
        told += [
            say("{token} stands at places {first} and {second}. With the cosine {start:.2f} at layer 0, the two have "
                "{end:.2f} at the last: what stands before them has taken them apart. Their ways, less what they have "
                "in common; o is the start:", token=shown(twice["token"]), first=twice["positions"][0],
                second=twice["positions"][1], start=twice["cosines"][0], end=twice["cosines"][-1]),
            "\t" + paths_text(drawn, _WIDTH, 11),
        ]
    return told


def _scores(facts: dict[str, Any]) -> list[str]:
    bars = [Bar(shown(one["token"]), one["score"]) for one in facts["best"]]
    return [
        say("After the last block only the last point counts, that of {last}. Its dot product with each token's column "
            "of W_U is that token's score (logit): {count:,} scores, from {lowest:.1f} to {highest:.1f}.",
            last=shown(facts["last"]), count=facts["count"], lowest=facts["lowest"], highest=facts["highest"])
        + (" " + say("In this model W_U is W_E: the table of the beginning, once more.") if facts["tied"] else ""),
        "\t" + bars_text(bars, _WIDTH),
    ]


def _temperatures(facts: dict[str, Any]) -> list[str]:
    heads = "".join(right(f"T = {value:g}", 12) for value in facts["temperatures"])
    lines = [left("", 18) + heads]
    lines += [left(shown(one["token"])[:16], 18) + "".join(right(f"{chance:.1%}", 12) for chance in one["chances"])
              for one in facts["tokens"]]
    lines.append(left(say("in play"), 18) + "".join(right(f"{count:,.1f}", 12) for count in facts["in_play"]))
    return [
        say("Softmax: e to each score, divided by the sum for all. Divide the scores by a temperature T first, and the "
            "likeliest gains (T below 1) or loses (above). The last line says between how many equally likely tokens "
            "the choice would be as open."),
        "\t" + "\n".join(lines),
        say("Mathematics sets T no upper limit; 2 is only the highest value that OpenAI's documentation allows."),
    ]


def _next_word(facts: dict[str, Any]) -> list[str]:
    return [
        say("The likeliest token is {token}, with a chance of {chance:.1%} at T = 1. It is put after the text, and all "
            "begins anew:", token=shown(facts["token"]), chance=facts["chance"]),
        "\t" + "\n".join(wrapped(f"{printable(facts['text'])}▸{printable(facts['token'])}", _WIDTH)),
    ]


def _parameters(facts: dict[str, Any]) -> list[str]:
    lines = [f"{left(say(SENTENCES_OF_KINDS[kind]), 28)}{number:>14,}{number / facts['total']:>8.1%}"
             for kind, number in facts["by_kind"].items()]
    lines.append(f"{left(say('total'), 28)}{facts['total']:>14,}")
    same = facts["total"] == facts["in_the_tensors"]
    return [
        say("That was all there is: {total:,} numbers, each of which was learned. Counted from the config alone, by "
            "what they are for:", total=facts["total"]),
        "\t" + "\n".join(lines),
        say("The tensors of the opened model hold as many.") if same else
        say("The tensors of the opened model hold {count:,}!", count=facts["in_the_tensors"]),
    ]
