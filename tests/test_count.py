"""The ledger adds up: golden totals, kinds, what has no parameters, what it costs."""

import math
from pathlib import Path

import pytest

from armillary.count import KINDS, NOTHING, count
from armillary.formats.tokenizer_files import read_tokenizer
from armillary.published.configs import named, names

# Each against its source: see configs.toml; the parity test counts most of them with the official implementation.
TOTALS = {
    "gpt2": 124_439_808, "gpt2-medium": 354_823_168, "gpt2-large": 774_030_080, "gpt2-xl": 1_557_611_200,
    "gpt-3": 174_604_259_328, "bert-base-uncased": 109_482_240, "bert-large-uncased": 335_141_888,
    "bert-base-chinese": 102_267_648, "minilm-l6-v2": 22_713_216, "llama-2-7b": 6_738_415_616,
    "llama-3-8b": 8_030_261_248, "llama-3.2-1b": 1_235_814_400, "llama-3.1-405b": 405_853_388_800,
    "smollm2-135m": 134_515_008, "mixtral-8x7b": 46_702_792_704, "qwen2.5-0.5b": 494_032_768,
    "qwen3-0.6b": 596_049_920, "qwen3-30b-a3b": 30_532_122_624, "gemma2-2b": 2_614_341_888,
    "gemma3-270m": 268_098_176, "transformer-base": 63_045_632, "transformer-big": 214_171_648,
}


@pytest.mark.parametrize("name", names())
def test_totals(name: str) -> None:
    ledger = count(named(name).config)
    assert ledger.total == TOTALS[name]
    assert sum(ledger.by_kind.values()) == ledger.total
    assert sum(row.parameters for row in ledger.rows) == ledger.total
    assert list(ledger.by_kind) == [kind for kind in KINDS if kind in ledger.by_kind]
    assert len({row.name for row in ledger.rows}) == len(ledger.rows)


@pytest.mark.parametrize("name", names())
def test_formulas_give_the_numbers(name: str) -> None:
    config = named(name).config
    block = config.pattern[0]
    lengths = {
        "d_vocab": config.d_vocab, "d_model": config.d_model, "n_ctx": config.n_ctx, "d_mlp": block.mlp.d_mlp,
        "n_types": config.embedding.n_types, "n_heads": block.attention.n_heads, "d_head": block.attention.d_head,
        "n_kv_heads": block.attention.n_kv_heads, "n_experts": block.mlp.experts.n_experts if block.mlp.experts else 0,
    }
    for row in count(config).rows:
        if row.kind == NOTHING:
            assert (row.parameters, row.shape) == (0, ())
        else:
            numbers = math.prod(lengths[letter] for letter in row.formula.split(" × "))
            assert math.prod(row.shape) == numbers
            assert row.parameters == (0 if row.tied else numbers), row.name


def test_the_lesson_on_gpt_3_adds_eight_kinds_and_counts_the_table_twice() -> None:
    ledger = count(named("gpt-3").config)
    assert ledger.eight == {
        "embedding": 617_558_016, "key": 14_495_514_624, "query": 14_495_514_624, "value": 14_495_514_624,
        "output": 14_495_514_624, "up-projection": 57_982_058_496, "down-projection": 57_982_058_496,
        "unembedding": 617_558_016,
    }
    assert sum(ledger.eight.values()) == 175_181_291_520
    # the total leaves W_U out, which is W_E, and takes positions, norms and biases in
    more = sum(ledger.by_kind[kind] for kind in ("positions", "norms", "biases"))
    assert ledger.total == 175_181_291_520 - 617_558_016 + more
    one_head, whole = 128 * 12_288, 96 * 128 * 12_288
    assert one_head == 1_572_864
    assert next(row for row in ledger.rows if row.name == "blocks.0.attention.W_Q").parameters == whole
    assert 2 * one_head == 3_145_728, "the value map in two factors; one full matrix would have 150,994,944"
    assert ledger.config.n_layers * ledger.config.pattern[0].attention.n_heads == 9_216


def test_the_widely_read_count_of_gpt2_line_by_line() -> None:
    ledger = count(named("gpt2").config)
    rows = {row.name: row for row in ledger.rows}
    assert rows["embedding.W_E"].parameters == 38_597_376
    assert rows["embedding.W_pos"].parameters == 786_432
    assert all(rows[f"blocks.0.attention.W_{letter}"].shape == (768, 768) for letter in "QKVO")
    attention = sum(ledger.by_kind[kind] for kind in ("query", "key", "value", "output"))
    assert attention == 12 * 4 * 768 * 768 == 12 * 3 * 1_024 * 768 == 28_311_552
    biases = {row.name: row.parameters for row in ledger.rows if row.kind == "biases"}
    assert attention + sum(size for name, size in biases.items() if "attention" in name) == 28_348_416
    mlp = ledger.by_kind["up-projection"] + ledger.by_kind["down-projection"]
    assert (rows["blocks.0.mlp.W_in"].shape, rows["blocks.0.mlp.W_out"].shape) == ((768, 3_072), (3_072, 768))
    assert mlp == 56_623_104
    assert mlp + sum(size for name, size in biases.items() if "mlp" in name) == 56_669_184
    assert sum(row.name.endswith(".gain") for row in ledger.rows) == 25
    assert ledger.by_kind["norms"] == 25 * 2 * 768 == 38_400


def test_six_words_and_a_full_stop_are_seven_rows_of_gpt2(data: Path) -> None:
    assert len(read_tokenizer(data / "tokenizers").encode("The dog walks with its owner.")) == 7


def test_parts_without_parameters_are_listed() -> None:
    def nothing(name: str) -> set[str]:
        return {row.name for row in count(named(name).config).rows if row.kind == NOTHING}

    always = {"softmax", "activation", "residual addition", "dropout"}
    assert nothing("gpt2") == always | {"mask"}
    assert nothing("bert-base-uncased") == always, "it looks both ways: nothing is masked"
    assert nothing("llama-3-8b") == always | {"mask", "rotary"}
    assert nothing("gemma2-2b") == always | {"mask", "rotary", "soft cap"}
    assert nothing("transformer-base") == always | {"mask", "sinusoids"}


def test_what_is_tied_is_counted_once() -> None:
    tied, own = (count(named(name).config) for name in ("llama-3.2-1b", "llama-3-8b"))
    assert [row.tied for row in tied.rows if row.name == "unembedding.W_U"] == ["embedding.W_E"]
    assert tied.by_kind["unembedding"] == 0
    assert own.by_kind["unembedding"] == own.by_kind["embedding"] == 128_256 * 4_096
    paper = count(named("transformer-base").config)
    assert [row.name for row in paper.rows if row.tied] == ["embedding.W_E", "unembedding.W_U"]
    assert paper.eight["embedding"] == paper.eight["unembedding"] == 37_000 * 512


def test_of_experts_a_few_are_active() -> None:
    assert count(named("mixtral-8x7b").config).active == 12_879_925_248
    assert count(named("qwen3-30b-a3b").config).active == 3_353_032_704
    dense = count(named("gpt2").config)
    assert dense.active == dense.total


def test_costs_by_hand() -> None:
    ledger = count(named("smollm2-135m").config)
    assert ledger.bytes == {"float32": 538_060_032, "bfloat16": 269_030_016, "float16": 269_030_016,
                            "int8": 134_515_008}
    assert ledger.cached() == 2 * 30 * 3 * 64 == 11_520
    assert ledger.cached(8_192) == 8_192 * 11_520
    matrices = ledger.total - 61 * 576  # W_E is the unembedding too; norms multiply no matrix
    assert ledger.flops() == 2 * (matrices + 30 * 2 * 576)
    assert ledger.flops(100) - ledger.flops() == 2 * 99 * 30 * 2 * 576


def test_a_window_bounds_what_is_kept() -> None:
    ledger = count(named("gemma3-270m").config)
    assert ledger.cached(512) == 512 * ledger.cached()
    assert ledger.cached(1_512) == 1_512 * 2 * 256 * 3 + 512 * 2 * 256 * 15
    assert count(named("bert-base-uncased").config).cached() == 0, "an encoder keeps nothing"


def test_experts_that_rest_cost_nothing() -> None:
    ledger = count(named("qwen3-30b-a3b").config)
    norms, table = ledger.by_kind["norms"], ledger.by_kind["embedding"]
    assert ledger.flops() == 2 * (ledger.active - norms - table + 48 * 2 * 32 * 128)
