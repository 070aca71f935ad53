"""A model that is shared: each process holds some rows of every tensor, gradient and moment.

It holds the whole of a block only while it computes with it (Zhao et al. 2023, arXiv:2304.11277). For what does not
fit into the memory of one device. A step gives what it gives with whole copies, up to the order of additions.
"""

from collections.abc import Iterable

import torch
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method

from armillary.train.shares import shared_as, whole
from armillary.train.together import processes
from armillary.transformer.config import Config
from armillary.transformer.model import Transformer


def sharded(config: Config, numbers: Iterable[tuple[str, Tensor]], device: str = "cpu") -> Transformer:
    """A model that learns, of which each process of the group has its share.

    Args:
        config: what it is.
        numbers: all its tensors by name, the same in all processes; only one of them is whole at a time.
        device: the kind of device that each computes on.
    """
    model = Transformer(config).requires_grad_()
    mesh = init_device_mesh(device, (processes(),))
    for block in model.blocks:
        fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)
    for method in ("points", "scores"):
        register_fsdp_forward_method(model, method)
    model.to_empty(device=device)
    with torch.no_grad():
        for name, tensor in numbers:
            one = model.get_parameter(name)
            one.copy_(shared_as(tensor.to(device), one))
    return model


def gathered(model: Transformer) -> Transformer:
    """The whole model, in the plain memory of each process; all must take part."""
    plain = Transformer(model.config)
    for name, one in model.named_parameters():
        plain.put(name, whole(one.detach()).cpu())
    return plain
