"""The table of published widths on docs/count.md is that of the configs."""

import re
from pathlib import Path

import pytest

from armillary.published.configs import named

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["count.md", "count.zh.md"])
def test_the_table_of_widths_is_true(page: str) -> None:
    rows = re.findall(r"^\| `([\w.-]+)` \| (.+?) \|$", (DOCS / page).read_text(encoding="utf-8"), re.M)
    assert len(rows) >= 20
    for name, cells in rows:
        d_vocab, d_model, n_layers, heads, d_head, n_ctx, source = cells.split(" | ")
        config, entry = named(name).config, named(name)
        attention = config.pattern[0].attention
        shared = f" ({attention.n_kv_heads})" if attention.n_kv_heads != attention.n_heads else ""
        assert (d_vocab, d_model, n_layers) == (f"{config.d_vocab:,}", f"{config.d_model:,}", str(config.n_layers))
        assert (heads, d_head) == (f"{attention.n_heads}{shared}", str(attention.d_head))
        assert n_ctx == ("–" if config.embedding.positions == "sinusoidal" else f"{config.n_ctx:,}")
        assert entry.source.partition(",")[0] in source
