"""A table of tokens has no order: ids may be exchanged, if the rows and columns that belong to them are."""

import torch

from tests.train.lessons import D_VOCAB, small


@torch.no_grad()
def test_exchanging_ids_changes_nothing_for_a_table():
    model, other = small(seed=2, tied=False), small(seed=2, tied=False)
    order = torch.randperm(D_VOCAB, generator=torch.Generator().manual_seed(1))
    tokens = torch.arange(D_VOCAB)[None]
    W_E, W_U = model.get_parameter("embedding.W_E"), model.get_parameter("unembedding.W_U")
    other.get_parameter("embedding.W_E")[order] = W_E
    other.get_parameter("unembedding.W_U")[:, order] = W_U
    torch.testing.assert_close(other(order[tokens])[..., order], model(tokens), rtol=0, atol=1e-6)
    assert not torch.allclose(model(order[tokens]), model(tokens), atol=1e-3)
