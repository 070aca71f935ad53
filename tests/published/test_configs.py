"""Somebody else's config becomes a Config, or one error that names the key."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.errors import ArmillaryError, DamagedFile, NotFound, UnknownFormat
from armillary.published.configs import READERS, config_of, named, names, read_config
from armillary.transformer.config import MOST_LAYERS, Banded, Stretched, Yarn

LLAMA = {"model_type": "llama", "vocab_size": 100, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
         "intermediate_size": 64}
GPT2 = {"model_type": "gpt2", "vocab_size": 100, "n_embd": 32, "n_head": 4, "n_layer": 2, "n_positions": 64}
GEMMA3 = LLAMA | {"model_type": "gemma3_text", "head_dim": 8, "sliding_window": 4, "num_hidden_layers": 7}
BERT = LLAMA | {"model_type": "bert", "architectures": ["BertForMaskedLM"]}
HERE = Path("config.json")


def read(values: dict[str, Any], **more: Any) -> Any:
    return config_of(HERE, values | more)


def test_every_name_has_a_source_and_is_found_by_any_spelling() -> None:
    for name in names():
        one = named(name.upper())
        assert one == named(f"owner/{name}")
        assert one.source.startswith("https://")
        assert "https://" in one.published or "table" in one.published
    with pytest.raises(NotFound, match="gpt2-xl"):
        named("gpt5")


def test_a_file_or_its_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(GPT2))
    assert read_config(tmp_path) == read_config(tmp_path / "config.json") == read(GPT2)
    (tmp_path / "config.json").write_text('{"n_head": 1, "n_head": 2}')
    with pytest.raises(DamagedFile, match="twice"):
        read_config(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(UnknownFormat, match="no object"):
        read_config(tmp_path)
    (tmp_path / "config.json").write_text(" " * 10_000_001)
    with pytest.raises(UnknownFormat, match="10000001 bytes"):
        read_config(tmp_path)


@pytest.mark.parametrize("values", [GPT2, LLAMA, GEMMA3, BERT], ids=lambda one: one["model_type"])
@pytest.mark.parametrize(("name", "value"), [
    ("unheard_of", 1), ("quantization_config", {"bits": 4}), ("is_decoder", True), ("auto_map", {"a": "b.c"}),
    ("add_cross_attention", True), ("pruned_heads", {"0": [1]}), ("rope_scaling_new", None),
])  # fmt: skip
def test_what_could_change_numbers_is_refused_by_name(values: dict[str, Any], name: str, value: Any) -> None:
    with pytest.raises(UnknownFormat, match=name):
        read(values, **{name: value})


@pytest.mark.parametrize("values", [GPT2, LLAMA, GEMMA3, BERT], ids=lambda one: one["model_type"])
def test_what_changes_nothing_passes(values: dict[str, Any]) -> None:
    more = {"is_decoder": False, "use_cache": True, "torch_dtype": "float16", "pad_token_id": None}
    assert read(values, **more) == read(values)


def test_settings_of_one_family_that_another_would_not_read() -> None:
    for more in ({"scale_attn_by_inverse_layer_idx": True}, {"scale_attn_weights": False}, {"rope_theta": 5e5}):
        with pytest.raises(UnknownFormat, match=next(iter(more))):
            read(GPT2, **more)
    with pytest.raises(UnknownFormat, match="rope_interleaved"):
        read(LLAMA, rope_interleaved=True)
    with pytest.raises(UnknownFormat, match="use_bidirectional_attention"):
        read(GEMMA3, use_bidirectional_attention=True)
    with pytest.raises(UnknownFormat, match="position_embedding_type"):
        read(BERT, position_embedding_type="relative_key")
    with pytest.raises(UnknownFormat, match="mlp_only_layers"):
        read(LLAMA, model_type="qwen3_moe", num_experts=4, num_experts_per_tok=2, mlp_only_layers=[0])


@pytest.mark.parametrize(("name", "value"), [
    ("hidden_size", None), ("hidden_size", "32"), ("hidden_size", 32.0), ("hidden_size", True), ("hidden_size", 0),
    ("hidden_size", -32), ("hidden_size", 2**40), ("num_hidden_layers", 10**9), ("num_hidden_layers", 0),
    ("num_attention_heads", 0), ("num_key_value_heads", 3), ("head_dim", 7), ("rms_norm_eps", "small"),
    ("rms_norm_eps", 1e999), ("hidden_act", "quick_gelu"), ("tie_word_embeddings", 1), ("rope_scaling", []),
    ("rope_theta", {}), ("vocab_size", 2**31),
])  # fmt: skip
def test_values_that_are_no_model(name: str, value: Any) -> None:
    with pytest.raises(DamagedFile) as caught:
        read(LLAMA, **{name: value})
    assert str(caught.value).startswith("config.json: ")


def test_a_type_that_is_not_known_is_told_those_that_are() -> None:
    with pytest.raises(UnknownFormat, match=r"'mamba'.*llama"):
        read(LLAMA, model_type="mamba")
    with pytest.raises(DamagedFile, match="model_type"):
        config_of(HERE, {})


def test_rotary_positions_old_form_and_new() -> None:
    banded = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
              "original_max_position_embeddings": 512}
    old = read(LLAMA, rope_theta=5e5, rope_scaling=banded)
    assert old == read(LLAMA, rope_parameters=banded | {"rope_theta": 5e5})
    rotary = old.pattern[0].attention.rotary
    assert (rotary.base, rotary.scaling) == (5e5, Banded(factor=8.0, low=1.0, high=4.0, original_n_ctx=512))
    linear = read(LLAMA, rope_scaling={"type": "linear", "factor": 2})
    assert linear.pattern[0].attention.rotary.scaling == Stretched(factor=2.0)
    yarn = read(LLAMA, rope_scaling={"rope_type": "yarn", "factor": 4.0}).pattern[0].attention.rotary.scaling
    assert isinstance(yarn, Yarn)
    assert (yarn.original_n_ctx, yarn.fast, round(yarn.magnitude, 4)) == (2048, 32, 1.1386)
    for wrong in ({"rope_type": "dynamic", "factor": 2.0}, {"rope_type": "linear", "factor": 2.0, "mscale": 1.0},
                  {"rope_type": "default", "partial_rotary_factor": 0.5}):
        with pytest.raises(UnknownFormat):
            read(LLAMA, rope_scaling=wrong)


def test_windows_and_bases_vary_together() -> None:
    config = read(GEMMA3)
    assert len(config.pattern) == 6
    assert [block.attention.window for block in config.blocks] == [4] * 5 + [None, 4]
    assert [block.attention.rotary.base for block in config.blocks] == [1e4] * 5 + [1e6, 1e4]
    types = ["full_attention" if block.attention.window is None else "sliding_attention" for block in config.blocks]
    assert read(GEMMA3, layer_types=types) == config
    nested = {"full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
              "sliding_attention": {"rope_type": "default", "rope_theta": 5e3}}
    wide = read(GEMMA3, rope_parameters=nested).pattern
    assert [wide[4].attention.rotary.base, wide[4].attention.rotary.scaling] == [5e3, None]
    assert wide[5].attention.rotary.scaling == Stretched(factor=8.0)
    for wrong in (types[:-1], ["chunked_attention"] * 7, "full_attention"):
        with pytest.raises(DamagedFile, match="layer_types"):
            read(GEMMA3, layer_types=wrong)
    upper = read(LLAMA, model_type="qwen2", use_sliding_window=True, sliding_window=8, max_window_layers=1)
    assert [block.attention.window for block in upper.blocks] == [None, 8, 8]
    assert read(LLAMA, model_type="qwen2", sliding_window=8).pattern[0].attention.window is None


def test_what_stands_on_an_encoder_is_in_its_name() -> None:
    kinds = {"BertModel": (False, True), "BertForMaskedLM": (True, False), "BertForPreTraining": (True, True)}
    for name, (scores, pooled) in kinds.items():
        config = read(BERT, architectures=[name])
        assert (config.unembedding is not None, config.pooler) == (scores, pooled)
    with pytest.raises(DamagedFile, match="BertForQuestionAnswering"):
        read(BERT, architectures=["BertForQuestionAnswering"])


def test_nothing_is_made_for_a_billion_layers() -> None:
    for kind in sorted(set(READERS) - {"transformer"}):
        values = {**LLAMA, **GPT2, "model_type": kind, "num_hidden_layers": 10**9, "n_layer": 10**9}
        with pytest.raises(ArmillaryError):
            read(values)
    assert MOST_LAYERS < 10**5


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=5,
)


@given(st.sampled_from(sorted(READERS)), st.data())
def test_any_value_at_any_key_gives_a_config_or_our_error(kind: str, data: st.DataObject) -> None:
    values = {**LLAMA, **GPT2, "N": 2, "d_model": 8, "h": 2, "d_ff": 8, "vocabulary": 5, "architectures": ["BertModel"],
              "rope_scaling": {"factor": 2}, "sliding_window": 4, "layer_types": None}
    name = data.draw(st.sampled_from(sorted(values)))
    refused = None
    try:
        config_of(HERE, values | {name: data.draw(json_values)} | {"model_type": kind})
    except ArmillaryError as error:
        refused = error
    assert refused is None or str(refused).startswith("config.json: ")
