"""What torchrun starts in the plainest case: one process of several that joins the others, and adds up a number."""

import sys
import time

import torch
import torch.distributed as ranks

if __name__ == "__main__":
    ranks.init_process_group("gloo")
    number = torch.ones(1)
    ranks.all_reduce(number)
    if ranks.get_rank() == 0:
        sys.stderr.write(f"{time.time()}\n")
    ranks.destroy_process_group()
