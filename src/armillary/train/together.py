"""Several processes that learn one model: each works through its part of every batch, and the gradients are added up.

Started by `torchrun`, on one machine or several. Since losses are sums and counts, not means, the step is that of one
process with the whole batch, up to the order of additions.
"""

import atexit
import gc
import os
import sys

import torch
import torch.distributed as ranks
import torch.distributed.nn  # before a group is there: its defaults would keep the group, and its threads, to the end
from torch import Tensor

from armillary.errors import InputError
from armillary.train.objective import Batch
from armillary.train.shares import is_shared


def join() -> None:
    """Take part, if torchrun started this process; numbers on a GPU are told by NCCL, others by gloo."""
    if "RANK" in os.environ and not ranks.is_initialized():
        ranks.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
        atexit.register(leave)  # its threads, left alone at the end, can abort the process


def leave() -> None:
    """Take part no longer."""
    if ranks.is_initialized():
        _forget_shares()
        ranks.destroy_process_group()


def _forget_shares() -> None:
    """Empty PyTorch's tables of how tensors were shared: they keep the group, and so its threads, to the end."""
    if "torch.distributed.tensor" in sys.modules:
        from torch.distributed.tensor import _redistribute, debug

        gc.collect()
        debug._clear_sharding_prop_cache()  # type: ignore[no-untyped-call]
        _redistribute.clear_redistribute_planner_cache()
        _redistribute._gen_transform_infos.cache_clear()
        gc.collect()


def processes() -> int:
    """How many there are."""
    return ranks.get_world_size() if ranks.is_initialized() else 1


def place() -> int:
    """Which this is, from 0."""
    return ranks.get_rank() if ranks.is_initialized() else 0


def is_first() -> bool:
    """Whether this is the process that prints and writes: the only one, or the first of several."""
    return place() == 0


def agreed(number: int) -> int:
    """A number that the first process found, for all."""
    if not ranks.is_initialized():
        return number
    told = torch.tensor([number])
    ranks.broadcast(told, 0)
    return int(told[0])


def highest(number: int) -> int:
    """The highest of the numbers that the processes have."""
    if not ranks.is_initialized():
        return number
    told = torch.tensor([number])
    ranks.all_reduce(told, ranks.ReduceOp.MAX)
    return int(told[0])


def wait() -> None:
    """Until all processes have come so far."""
    if ranks.is_initialized():
        ranks.barrier()


def my_part(batch: Batch) -> Batch:
    """The lessons of a batch that are this process's."""
    if not ranks.is_initialized():
        return batch
    if len(next(iter(batch.values()))) < ranks.get_world_size():
        raise InputError("{processes} processes cannot share a batch of {batch} lessons",
                         processes=ranks.get_world_size(), batch=len(next(iter(batch.values()))))
    return {name: rows[ranks.get_rank() :: ranks.get_world_size()] for name, rows in batch.items()}


def summed(gradients: list[Tensor], loss: float, count: int) -> tuple[float, int]:
    """Make the gradients those of the mean over all processes; gives their loss and count, in sum."""
    shared = is_shared(gradients[0])
    if ranks.is_initialized():
        told = torch.tensor([loss, count], dtype=torch.float64, device=gradients[0].device)
        ranks.all_reduce(told)
        if not shared:
            _add_up(gradients)
        loss, count = float(told[0]), int(told[1])
    torch._foreach_div_(gradients, count / processes() if shared else float(count))  # means already, where shared
    return loss, count


def added_up(number: Tensor) -> Tensor:
    """The sum of what each process has."""
    if ranks.is_initialized():
        ranks.all_reduce(number)
    return number


def _add_up(gradients: list[Tensor]) -> None:
    flat = torch.cat([one.flatten() for one in gradients])
    ranks.all_reduce(flat)
    for one, part in zip(gradients, torch.split(flat, [one.numel() for one in gradients]), strict=True):
        one.copy_(part.view_as(one))
