"""The transformer: tokens -> points -> blocks -> scores. One implementation for decoder, encoder and both together.

A new model has no numbers yet: `published` fills them in, or training does.

    model = Transformer(config)
    scores = model(tokens)               (b, t, d_vocab)
    scores = model(tokens, tap=tap)      the same, with somebody looking on; see `places`
"""

import torch
from torch import Tensor, nn

from armillary.errors import InputError
from armillary.shapes import Bool, Float, Int
from armillary.transformer.block import Around, Block, Memory
from armillary.transformer.cache import Cache
from armillary.transformer.config import Config
from armillary.transformer.embed import Embedding, Pieces
from armillary.transformer.norm import Norm
from armillary.transformer.places import Tap, within
from armillary.transformer.rotary import turns
from armillary.transformer.unembed import Pooler, Unembed
from armillary.transformer.weights import weights

Source = Int[Tensor, "b r"] | Float[Tensor, "b r d_source"]
"""What an encoder reads: `Pieces`."""


class Transformer(nn.Module):
    """A model made from a config; its parameters are those that `weights` lists.

    Attributes:
        config: what it is.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.encoder = Transformer(config.encoder) if config.encoder else None
        self.embedding = Embedding(config)
        self.blocks = nn.ModuleList(Block(config, block) for block in config.blocks)
        self.final_norm = Norm(config.norm) if config.final_norm else None
        self.unembedding = Unembed(config, config.unembedding) if config.unembedding else None
        self.pooler = Pooler() if config.pooler else None
        for weight in weights(config):
            if not weight.tied_to and not weight.name.startswith("encoder."):
                self.put(weight.name, torch.empty(weight.shape, device="meta"))

    def put(self, name: str, numbers: Tensor) -> None:
        """Make `numbers` the parameter called `name`, without a copy."""
        path, _, last = name.rpartition(".")
        self.get_submodule(path).register_parameter(last, nn.Parameter(numbers, requires_grad=False))

    @property
    def table(self) -> Float[Tensor, "d_vocab d_model"]:
        """W_E, which a decoder may share with its encoder."""
        shared = self.encoder is not None and self.config.shared_embedding
        table: Tensor = self.encoder.embedding.W_E if shared and self.encoder else self.embedding.W_E
        return table

    def forward(
        self,
        tokens: Pieces,
        *,
        tap: Tap | None = None,
        cache: Cache | None = None,
        present: Bool[Tensor, "b t"] | None = None,
        types: Int[Tensor, "b t"] | None = None,
        source: Source | Memory | None = None,
    ) -> Float[Tensor, "b t d_out"]:
        """The scores of the tokens that may come next (or stand there); points if the model has no unembedding.

        Args:
            tokens: ids of the tokens; or numbers, of pieces of something else than text.
            tap: is called at every place.
            cache: the tokens go on from those that it has seen.
            present: False where a text only fills up to the length of others (an encoder then does not look there).
            types: the segments of the tokens.
            source: what an encoder reads first, or what it made of it (see `read`).

        Raises:
            InputError: no tokens, one that W_E has no row for, more than a model with learned positions can place, or a
                missing source.
        """
        points = self.points(tokens, tap=tap, cache=cache, present=present, types=types, source=source)
        return points if self.unembedding is None else self.scores(points, tap=tap)

    def points(
        self,
        tokens: Pieces,
        *,
        tap: Tap | None = None,
        cache: Cache | None = None,
        present: Bool[Tensor, "b t"] | None = None,
        types: Int[Tensor, "b t"] | None = None,
        source: Source | Memory | None = None,
        last: bool = False,
    ) -> Float[Tensor, "b _ d_model"]:
        """The points after the last block, normed if the model does (arguments as `forward`).

        With `last` only that of the last token, which spares the last block the others; without a tap.
        """
        self._check(tokens)
        memory = self._memory(source, tap)
        first = cache.n_tokens if cache else 0
        positions = torch.arange(first, first + tokens.shape[1], device=tokens.device)
        x = self.embedding(tokens, self.table, cache, types, tap)
        turned = self._turns(positions, x.dtype)
        for layer, (block, facts) in enumerate(zip(self.blocks, self.config.blocks, strict=True)):
            kept = cache.blocks[layer] if cache else None
            around = Around(turned.get(facts.attention), kept, present, memory, last and block is self.blocks[-1])
            x = block(x, around, within(tap, f"blocks.{layer}."))
        if cache:
            cache.n_tokens += tokens.shape[1]
            cache.last = tokens[:, -1:]
        normed: Tensor = x if self.final_norm is None else self.final_norm(x, within(tap, "final_norm."))
        return normed

    def move(
        self, layer: int, points: Float[Tensor, "b t d_model"], *, tap: Tap | None = None
    ) -> Float[Tensor, "b t d_model"]:
        """What block `layer` alone makes of the points of a text before it: a block opened again without the others."""
        positions = torch.arange(points.shape[1], device=points.device)
        turned = self._turns(positions, points.dtype).get(self.config.blocks[layer].attention)
        moved: Tensor = self.blocks[layer](points, Around(turned), within(tap, f"blocks.{layer}."))
        return moved

    def scores(
        self, points: Float[Tensor, "b t d_model"], *, tap: Tap | None = None
    ) -> Float[Tensor, "b t d_vocab"]:
        """What `forward` gives, from the points after the last block: of all of them, or only of the last."""
        if self.unembedding is None:
            raise InputError("this model has no unembedding: it ends in points, not in scores")
        scores: Tensor = self.unembedding(points, self.table, tap)
        return scores

    def pooled(self, points: Float[Tensor, "b t d_model"]) -> Float[Tensor, "b d_model"]:
        """One point for each text, of a model with a pooler."""
        if self.pooler is None:
            raise InputError("this model has no pooler")
        pooled: Tensor = self.pooler(points)
        return pooled

    def read(
        self, source: Source, present: Bool[Tensor, "b r"] | None = None, *, tap: Tap | None = None
    ) -> Memory:
        """What the encoder makes of a source, which the decoder may listen to as often as it likes.

        Args:
            source: its tokens, as in `forward`.
            present: False where a source only fills up to the length of others.
            tap: is called at the encoder's places.
        """
        if self.encoder is None:
            raise InputError("this model has no encoder that could read a source")
        return Memory(self.encoder.points(source, tap=within(tap, "encoder."), present=present), present)

    def _memory(self, source: Tensor | Memory | None, tap: Tap | None) -> Memory | None:
        """What the decoder listens to, if it does."""
        if self.encoder is None or isinstance(source, Memory):
            return source if isinstance(source, Memory) else None
        if source is None:
            raise InputError("this model reads a source text first: give its tokens as source")
        return self.read(source, tap=tap)

    def _check(self, tokens: Tensor) -> None:
        """Refuse what there are no rows of W_E for."""
        if not tokens.numel():
            raise InputError("there are no tokens to compute with")
        if tokens.is_floating_point():
            if tokens.shape[-1] != self.config.d_vocab:
                raise InputError("pieces of {count} numbers do not go with the {d_vocab} rows of W_E",
                                 count=tokens.shape[-1], d_vocab=self.config.d_vocab)
            return
        least, most = (int(one) for one in torch.aminmax(tokens))
        if least < 0 or most >= self.config.d_vocab:
            raise InputError("token {id} is beyond the {d_vocab} rows that this model has: the tokenizer is another "
                             "model's", id=least if least < 0 else most, d_vocab=self.config.d_vocab)

    def _turns(self, positions: Tensor, dtype: torch.dtype) -> dict[object, tuple[Tensor, Tensor]]:
        """Kind of attention -> cosines and sines of its angles at these positions."""
        kinds = {block.attention for block in self.config.pattern if block.attention.rotary}
        made = {kind: turns(kind.rotary, kind.d_head, positions) for kind in kinds if kind.rotary}
        return {kind: (cosine.to(dtype), sine.to(dtype)) for kind, (cosine, sine) in made.items()}
