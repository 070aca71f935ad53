"""Reading the keys of somebody else's config, and refusing those that are not understood.

A setting that is silently ignored gives silently wrong numbers. So each key is read by a family, or known to be
harmless, or an error.
"""

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from armillary.errors import DamagedFile, UnknownFormat

# What no family needs and no number depends on: names, tokens' ids, what training and generation were set to.
HARMLESS = frozenset({
    "_name_or_path", "architectures", "transformers_version", "dtype", "torch_dtype", "model_type", "use_cache",
    "bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "cls_token_id", "unk_token_id", "mask_token_id",
    "decoder_start_token_id", "forced_bos_token_id", "forced_eos_token_id",
    "initializer_range", "initializer_factor", "init_std", "gradient_checkpointing", "use_return_dict", "return_dict",
    "output_attentions", "output_hidden_states", "output_past", "return_dict_in_generate", "output_scores",
    "attention_dropout", "activation_dropout", "dropout", "attn_pdrop", "embd_pdrop", "resid_pdrop",
    "hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout", "classif_dropout",
    "encoder_layerdrop", "decoder_layerdrop", "cache_implementation",
    "id2label", "label2id", "num_labels", "problem_type", "finetuning_task", "task_specific_params",
    "max_length", "min_length", "num_beams", "do_sample", "temperature", "top_k", "top_p", "typical_p", "bad_words_ids",
    "repetition_penalty", "length_penalty", "no_repeat_ngram_size", "early_stopping", "diversity_penalty",
    "num_beam_groups", "num_return_sequences", "encoder_no_repeat_ngram_size", "begin_suppress_tokens",
    "suppress_tokens", "exponential_decay_length_penalty", "remove_invalid_values", "prefix", "tokenizer_class",
    "chunk_size_feed_forward", "cross_attention_hidden_size", "tf_legacy_loss", "torchscript", "use_bfloat16",
})  # fmt: skip
# Keys of all families that change numbers unless they say this.
PLAIN: Mapping[str, tuple[object, ...]] = {
    "is_decoder": (False, None), "add_cross_attention": (False, None), "is_encoder_decoder": (False, None),
    "pruned_heads": ({}, [], None), "quantization_config": (None,), "auto_map": (None,), "adapter": (None,),
    "per_layer_config": (None,),
}  # fmt: skip
_SENTENCES = {
    "whole": "has {value} at {name!r}, which must be a whole number",
    "number": "has {value} at {name!r}, which must be a number",
    "flag": "has {value} at {name!r}, which must be true or false",
    "text": "has {value} at {name!r}, which must be a text",
    "object": "has {value} at {name!r}, which must be an object",
    "list": "has {value} at {name!r}, which must be a list with an entry for each layer",
    "known": "has {value} at {name!r}, which is not known here",
}


class Keys:
    """A config's keys, each of which must be asked for."""

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        self.path = path
        self.values = values
        self.read: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def value(self, name: str, default: Any = None) -> Any:
        """What stands at `name`; the default where nothing or null does."""
        self.read.add(name)
        found = self.values.get(name)
        return default if found is None else found

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number; one that must be there if there is no default.

        Raises:
            DamagedFile: not a whole number, or not there.
        """
        return int(self._typed(name, default, (int,), "whole"))

    def number(self, name: str, default: float | None = None) -> float:
        """A finite number (errors as `integer`)."""
        found = float(self._typed(name, default, (int, float), "number"))
        if not math.isfinite(found):
            raise self.wrong(name, "number")
        return found

    def flag(self, name: str, default: bool) -> bool:
        """True or false (errors as `integer`)."""
        return bool(self._typed(name, default, (bool,), "flag"))

    def text(self, name: str, default: str | None = None) -> str:
        """A string (errors as `integer`)."""
        return str(self._typed(name, default, (str,), "text"))

    def table(self, name: str) -> "Keys":
        """The keys of an object inside, empty where there is none (errors as `integer`)."""
        found = self.value(name, {})
        if not isinstance(found, dict):
            raise self.wrong(name, "object")
        return Keys(self.path, found)

    def finish(self, harmless: Collection[str] = (), plain: Mapping[str, tuple[object, ...]] = PLAIN) -> None:
        """Refuse what nobody asked for.

        Args:
            harmless: keys of this family on which no number depends.
            plain: keys with the values at which they change nothing.

        Raises:
            UnknownFormat: another key, or one of `plain` with another value.
        """
        for name, value in self.values.items():
            if name in self.read or name in HARMLESS or name in harmless:
                continue
            if not (name in plain and any(value == one for one in plain[name])):
                raise UnknownFormat(
                    self.path, "sets {name!r} to {value}, which could change numbers and is not known here",
                    name=name, value=str(value)[:80],
                )

    def wrong(self, name: str, wanted: str) -> DamagedFile:
        """The error that `name` is not what it must be: a key of _SENTENCES."""
        if name not in self:
            return DamagedFile(self.path, "lacks the key {name!r}", name=name)
        return DamagedFile(self.path, _SENTENCES[wanted], name=name, value=str(self.values[name])[:80])

    def _typed(self, name: str, default: Any, kinds: tuple[type, ...], wanted: str) -> Any:
        found = self.value(name, default)
        if not isinstance(found, kinds) or (isinstance(found, bool) and bool not in kinds):
            raise self.wrong(name, wanted)
        return found
