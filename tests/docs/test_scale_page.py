"""The figures of docs/scale.md follow from the configs by the rules that stand on the page."""

from pathlib import Path

import pytest

from armillary.count import Ledger, count
from armillary.published.configs import named

DOCS = Path(__file__).parents[2] / "docs"
MODELS = ("gpt2", "gpt2-xl", "llama-3-8b", "gpt-3")


def rows(name: str) -> list[str]:
    """The lines of the tables for a model."""
    ledger: Ledger = count(named(name).config)
    n, n_ctx = ledger.total, ledger.config.n_ctx
    token = 3 * (ledger.flops(1) + ledger.flops(n_ctx)) / 2
    whole = token * 20 * n
    moved = 2 * 7 / 8 * 4 * n
    return [
        f"| `{name}` | {n:,} | {4 * n / 1e9:.1f} | {16 * n / 1e9:.1f} | {12 * n / 1e9:.1f} |",
        f"| `{name}` | {token / 1e9:,.1f} | {20 * n / 1e9:,.1f} | {whole:.1e} | {whole / 1e14 / 86400:,.1f} |",
        f"| `{name}` | {moved / 1e9:.1f} | {moved / 0.125e9:,.1f} | {moved / 12.5e9:,.2f} |",
    ]


@pytest.mark.parametrize("page", ["scale.md", "scale.zh.md"])
@pytest.mark.parametrize("name", MODELS)
def test_the_tables_hold_what_the_rules_give(page: str, name: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for row in rows(name):
        assert row in text
