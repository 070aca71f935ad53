"""A tensor of which each process holds a share: some of its rows. A tensor that nobody shares is its own share.

What is shared is a DTensor of PyTorch's. It is known by its methods here, since importing its module takes a second,
which a learning by whole copies need not spend; see `sharded` for how a model comes to be shared.
"""

from typing import Any

from torch import Tensor


def is_shared(tensor: Tensor) -> bool:
    """Whether each process holds some of its rows."""
    return hasattr(tensor, "device_mesh")


def local(tensor: Tensor) -> Tensor:
    """The rows that are here."""
    shared: Any = tensor
    return shared.to_local() if is_shared(tensor) else tensor


def whole(tensor: Tensor) -> Tensor:
    """All rows; all processes must ask for them."""
    shared: Any = tensor
    return shared.full_tensor() if is_shared(tensor) else tensor


def joined(rows: Tensor, like: Tensor) -> Tensor:
    """The tensor of which each process has some `rows`, shared as `like` is."""
    shared: Any = like
    if not is_shared(like):
        return rows
    found: Tensor = type(shared).from_local(rows, shared.device_mesh, shared.placements, run_check=False,
                                            shape=like.shape, stride=like.stride())
    return found


def shared_as(tensor: Tensor, like: Tensor) -> Tensor:
    """A whole tensor, which all processes have, shared as `like` is; one that is shared already stays as it is."""
    if not is_shared(like) or is_shared(tensor):
        return tensor
    shared: Any = like
    parts, place = tensor.chunk(shared.device_mesh.size()), shared.device_mesh.get_local_rank()
    return joined(parts[place] if place < len(parts) else tensor[:0], like)
