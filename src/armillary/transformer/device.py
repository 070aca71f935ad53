"""Where to compute: the processor, or an accelerator where there is one."""

import torch

from armillary.errors import InputError


def device(name: str) -> str:
    """The device that is meant: "cpu", "cuda" (also "cuda:1"), "mps"; "auto" takes an accelerator if there is one.

    Raises:
        InputError: this machine has no such device.
    """
    there = [kind for kind, module in (("cuda", torch.cuda), ("mps", torch.backends.mps)) if module.is_available()]
    if name == "auto":
        return there[0] if there else "cpu"
    if name.partition(":")[0] not in (*there, "cpu"):
        raise InputError("this machine has no device {device!r} that torch can use; there are: {there}",
                         device=name, there=", ".join((*there, "cpu")))
    return name
