"""inside: what if a part were silent, said something else, or had a direction more? The next words before and after."""

from collections.abc import Sequence

import numpy as np

from armillary.cli.inside_asked import Asked, View
from armillary.cli.show import say_line, table
from armillary.cli.speaking import percent
from armillary.draw import Bar, bars_svg
from armillary.language import say


def what_if(asked: Asked, text: str, written: Sequence[str]) -> View:
    """The next words before and after the changes `written`."""
    from armillary.speak.candidates import name
    from armillary.speak.sample import softmax
    from armillary.trace.pictures import seen

    plain = asked.model.trace(text)
    before, after = (softmax(run.scores([asked.position])[0]) for run in (plain, asked.run))
    places = np.argsort(-np.maximum(before, after), kind="stable")[: asked.count].tolist()
    rank = [(int((odds > odds[one]).sum()) + 1) for one in places for odds in (before, after)]
    rows = [{"token": name(asked.model.tokenizer, one), "id": one, "before": float(before[one]),
             "after": float(after[one]), "rank_before": rank[2 * place], "rank_after": rank[2 * place + 1]}
            for place, one in enumerate(places)]
    moved = float(np.abs(before - after).sum() / 2)
    facts = {"changes": list(written), "position": asked.position, "next": rows, "moved": moved}

    def tell() -> None:
        for one in written:
            say_line(one)
        table((say("token"), say("chance before"), say("after it"), say("rank before"), say("after it")), [
            (seen(str(row["token"])), percent(float(before[row["id"]])), percent(float(after[row["id"]])),
             row["rank_before"], row["rank_after"]) for row in rows])
        say_line(say("{moved:.1%} of the chance has moved to other tokens.", moved=moved))

    def svg() -> str:
        bars = [Bar(seen(str(row["token"])), float(after[row["id"]] - before[row["id"]])) for row in rows]
        return bars_svg(bars, say("What changes in the chances: {written}", written="; ".join(written)))

    return View(lambda: facts, tell, svg)


def listed(chosen: dict[str, Sequence[str]]) -> list[str]:
    """The changes as they were written, each after its option."""
    return [f"--{option} {one}" for option, several in chosen.items() for one in several]

