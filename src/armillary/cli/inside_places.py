"""inside --places: every place inside a model by name, with its shape and its meaning."""

import re
from typing import TYPE_CHECKING, Any

from armillary.cli.show import as_json, say_line, table
from armillary.language import say

if TYPE_CHECKING:
    from armillary.language_model import LanguageModel

_LEGEND = ("b texts at once, t tokens that ask, s positions that are seen, h heads that ask, g heads that are asked; "
           "d_model, d_head, d_mlp, d_vocab as in the config.")


def tell_places(model: "LanguageModel | None", json_: bool) -> None:
    """All places: of any transformer, or of this model, with its numbers for the letters."""
    rows = _any() if model is None else _of(model)
    if json_:
        return as_json({"places": rows, "legend": say(_LEGEND)})
    table((say("place"), say("shape"), say("meaning")), [(one["place"], one["shape"], one["meaning"]) for one in rows])
    say_line()
    say_line(say(_LEGEND))
    say_line(say("Places of a block are written 5.z; one head of it 5.z.3, at some positions 5.z.3@7 or @2,-1."))
    return None


def _any() -> list[dict[str, Any]]:
    from armillary.transformer.places import PLACES

    return [{"place": one.name, "shape": one.shape, "meaning": say(one.meaning)} for one in PLACES]


def _of(model: "LanguageModel") -> list[dict[str, Any]]:
    """The places of a model, those of all blocks on one line each."""
    from armillary.transformer.places import PLACES, places

    config = model.config
    meant = {one.name: one for one in PLACES}
    blocks: dict[str, list[int]] = {}
    for name in places(config):
        found = re.fullmatch(r"blocks\.(\d+)\.(.+)", name)
        blocks.setdefault(found[2] if found else name, []).append(int(found[1]) if found else -1)
    rows = []
    for name, at in blocks.items():
        one = meant[name.rpartition(".")[2]]
        inside = f"{_span(at)}.{name}" if at[0] >= 0 else name
        rows.append({"place": inside, "shape": _numbers(one.shape, config), "meaning": say(one.meaning)})
    return rows


def _span(blocks: list[int]) -> str:
    """Block numbers as people write them: 0-29, or 0,6,12."""
    whole = blocks == list(range(blocks[0], blocks[-1] + 1))
    return f"{blocks[0]}-{blocks[-1]}" if whole and len(blocks) > 1 else ",".join(map(str, blocks))


def _numbers(shape: str, config: Any) -> str:
    block = config.pattern[0]
    known = {"d_model": config.d_model, "d_head": block.attention.d_head, "d_mlp": block.mlp.d_mlp,
             "d_vocab": config.d_vocab, "h": block.attention.n_heads, "g": block.attention.n_kv_heads}
    return " ".join(f"{known[letter]:,}" if letter in known else letter for letter in shape.split())
