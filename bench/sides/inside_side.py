"""Looking inside GPT-2 small's shape: Armillary and TransformerLens, the same random numbers, each in its own process.

Each side reads a text with nothing kept and with everything kept, in turn, so that what the machine does besides falls
on both. A report's walls are those with everything kept; its answer holds the scores' likeliest tokens, its "overhead"
how much longer that took than plain (of a hundred, the median of the pairs), its "bytes" what is kept, each storage
counted once.
"""

import os
import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any
from zlib import crc32

from measure import Watch, run

FACTS = {"n_layers": 12, "d_model": 768, "n_ctx": 1024, "d_head": 64, "n_heads": 12, "d_mlp": 3072, "d_vocab": 50257}
TIMES, THREADS, BLOCK, HEAD, POSITIONS = 7, 2, 5, 3, 8
OURS = {
    "embedding.W_E": "embed.weight", "embedding.W_pos": "pos_embed.weight", "before_attention": "ln1",
    "before_mlp": "ln2", "final_norm": "ln_final", "gain": "weight", "unembedding.W_U": "unembed.weight",
    "unembedding.b_U": "unembed.bias",
    **{f"attention.{kind}_{letter}": f"attn.{letter.lower()}.{name}"
       for kind, name in (("W", "weight"), ("b", "bias")) for letter in "QKVO"},
    **{f"mlp.{kind}_{half}": f"mlp.{half}.{name}"
       for kind, name in (("W", "weight"), ("b", "bias")) for half in ("in", "out")},
}  # fmt: skip


def armillary(length: int, patterns: bool) -> dict[str, Any]:
    """`Everything`, with patterns kept or without; scores, sums and activations are made when they are asked for."""
    from armillary.trace.everything import Everything

    model, tokens = _model(), _tokens(length)

    def kept() -> tuple[Any, Iterable[Any]]:
        everything = Everything(model.config, patterns)
        return model(tokens, tap=everything), everything.kept.values()

    return _in_turn(lambda: model(tokens), kept, "Armillary")


def squares(length: int) -> dict[str, Any]:
    """`Record` at every place, scores and patterns written down."""
    from armillary.trace.taps import Record
    from armillary.transformer.places import places

    model, tokens = _model(), _tokens(length)

    def kept() -> tuple[Any, Iterable[Any]]:
        record = Record(list(places(model.config)))
        return model(tokens, tap=record), record.kept.values()

    return _in_turn(lambda: model(tokens), kept, "Armillary")


def transformerlens(length: int) -> dict[str, Any]:
    """`run_with_cache`; its cache always holds the patterns."""
    model, tokens, version = _bridge(), _tokens(length), _version()

    def kept() -> tuple[Any, Iterable[Any]]:
        scores, cache = model.run_with_cache(tokens)
        return scores, cache.values()

    return _in_turn(lambda: model(tokens), kept, version)


def pattern(length: int) -> dict[str, Any]:
    """One head's pattern from a recording that holds its queries and keys."""
    from armillary.trace.attention import Attention
    from armillary.trace.taps import Record, cheap

    model = _model()
    record = Record(list(cheap(model.config)))
    model(_tokens(length), tap=record)
    there = {name: record.kept[f"blocks.{BLOCK}.{name}"][0] for name in "qkvz"}

    def made() -> Any:
        return Attention(model.config.blocks[BLOCK].attention, BLOCK, [""] * length, there).pattern(HEAD)

    return _watched(made, lambda found: [round(float(one), 4) for one in found[-1, :9]], "Armillary")


def their_pattern(length: int) -> dict[str, Any]:
    """The same head's pattern out of a full capture."""
    model, tokens = _bridge(), _tokens(length)

    def made() -> Any:
        return model.run_with_cache(tokens)[1][f"blocks.{BLOCK}.attn.hook_pattern"][0, HEAD]

    return _watched(made, lambda found: [round(float(one), 4) for one in found[-1, :9]], _version())


def lens(length: int) -> dict[str, Any]:
    """A text read, and its layers at some positions through the unembedding."""
    from armillary.text.byte_pairs import BytePairs
    from armillary.text.patterns import R50K
    from armillary.text.tokenizer import Vocabulary
    from armillary.trace.run import Run
    from armillary.trace.text import Piece, Read

    model, ids = _model(), _tokens(length)[0].tolist()
    tokenizer = BytePairs(Vocabulary(dict.fromkeys(range(FACTS["d_vocab"]), b"x")), {b"x": 0}, R50K)
    read = Read("", tuple(Piece(one, "x", 0, 0) for one in ids))

    def made() -> Any:
        return Run(model, read, tokenizer).lens(_spread(length))

    return _watched(made, lambda found: found.ids[..., 0].tolist(), "Armillary")


def their_lens(length: int) -> dict[str, Any]:
    """The same in plain torch over a cache of the points between the blocks."""
    import torch

    model, tokens, chosen = _bridge(), _tokens(length), _spread(length)
    places = ["blocks.0.hook_resid_pre", *(f"blocks.{block}.hook_resid_post" for block in range(FACTS["n_layers"]))]

    def made() -> Any:
        cache = model.run_with_cache(tokens)[1]
        points = torch.stack([cache[place][0, chosen] for place in places])
        chances = model.unembed(model.ln_final(points)).softmax(-1)
        return chances.topk(1).indices[..., 0]

    return _watched(made, lambda found: found.tolist(), _version())


def spots(path: str, row: int) -> dict[str, Any]:
    """The ten nearest of a stored point: each time the space is opened anew."""
    from armillary.space import Space

    watch = Watch()
    Space.load(path).near(f"w{row}", 10)
    for _ in range(TIMES):
        with watch:
            space = Space.load(path)
            found = space.near(space.labels[row], 10)
    return watch.report([[one.label, one.cosine] for one in found], "Armillary")


def imported(module: str, version: str) -> dict[str, Any]:
    """What an import takes where torch is imported already."""
    import importlib

    import torch  # noqa: F401

    watch = Watch()
    with watch:
        importlib.import_module(module)
    return watch.report("imported", version)


def _model() -> Any:
    """Ours, with the numbers of theirs; their matrices are (out, in), ours (in, out)."""
    import torch

    from armillary.transformer.config import Attention, Block, Config, Embedding, Mlp, Norm, Unembedding
    from armillary.transformer.model import Transformer
    from armillary.transformer.weights import weights

    torch.set_num_threads(THREADS)
    torch.set_grad_enabled(False)
    heads = Attention(n_heads=FACTS["n_heads"], n_kv_heads=FACTS["n_heads"], d_head=FACTS["d_head"],
                      scale=FACTS["d_head"] ** -0.5, input_bias=True, output_bias=True)
    config = Config(
        d_vocab=FACTS["d_vocab"], d_model=FACTS["d_model"], n_layers=FACTS["n_layers"], n_ctx=FACTS["n_ctx"],
        norm=Norm(kind="layer", epsilon=1e-5), embedding=Embedding(positions="learned"),
        unembedding=Unembedding(tied=False, bias=True),
        pattern=(Block(attention=heads, mlp=Mlp(d_mlp=FACTS["d_mlp"], activation="gelu_tanh", bias=True)),),
    )
    model = Transformer(config)
    for weight in weights(config):
        name = weight.name
        for ours, theirs in OURS.items():
            name = name.replace(ours, theirs)
        turned = len(weight.shape) == 2 and not weight.name.startswith("embedding.")
        model.put(weight.name, _numbers(name, weight.shape[::-1]).T if turned else _numbers(name, weight.shape))
    return model


def _bridge() -> Any:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from transformer_lens.model_bridge import TransformerBridge

    torch.set_num_threads(THREADS)
    torch.set_grad_enabled(False)
    model = TransformerBridge.boot_native(FACTS | {"act_fn": "gelu_new", "normalization_type": "LN"})
    for name, tensor in model.state_dict().items():
        tensor.copy_(_numbers(name, tensor.shape))
    return model


def _numbers(name: str, shape: Any) -> Any:
    """A tensor of the model: normally distributed, always the same for a name."""
    import torch

    drawn = torch.randn(tuple(shape), generator=torch.Generator().manual_seed(crc32(name.encode())))
    return drawn * 0.02 + (1 if "ln" in name and name.endswith("weight") else 0)


def _tokens(length: int) -> Any:
    import torch

    return torch.tensor([[7919 * place % FACTS["d_vocab"] for place in range(1, length + 1)]])


def _spread(length: int) -> list[int]:
    return [length * place // POSITIONS - 1 for place in range(1, POSITIONS + 1)]


def _version() -> str:
    from importlib.metadata import version

    return f"TransformerLens {version('transformer_lens')}"


def _in_turn(plain: Callable[[], Any], kept: Callable[[], tuple[Any, Iterable[Any]]], version: str) -> dict[str, Any]:
    """Nothing kept and everything kept, in turn; what was kept before is let go first."""
    plain()
    scores, found = kept()
    answer = {"likeliest": scores[0].argmax(-1).tolist(), "bytes": _bytes(found)}
    shares, watch, held = [], Watch(), [scores, found]
    del scores, found
    for _ in range(TIMES):
        held.clear()
        began = time.perf_counter()
        plain()
        without = time.perf_counter() - began
        with watch:
            held.extend(kept())
        shares.append(100 * (watch.walls[-1] / without - 1))
    return watch.report(answer | {"overhead": median(shares)}, version)


def _bytes(kept: Iterable[Any]) -> int:
    """What tensors hold, each storage counted once."""
    storages = {one.untyped_storage().data_ptr(): one.untyped_storage().nbytes() for one in kept}
    return sum(storages.values())


def _watched(made: Callable[[], Any], answered: Callable[[Any], Any], version: str) -> dict[str, Any]:
    found, watch = made(), Watch()
    for _ in range(TIMES):
        with watch:
            found = made()
    return watch.report(answered(found), version)


if __name__ == "__main__":
    run(armillary, squares, transformerlens, pattern, their_pattern, lens, their_lens, spots, imported)
