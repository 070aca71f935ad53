"""Runs a script in several processes that share a group, as torch.distributed.run does, but torch is imported once.

    python -m tests.train.forked PROCESSES SCRIPT ARGUMENT...
"""

import os
import runpy
import signal
import socket
import sys

import torch._dynamo
import torch.distributed.checkpoint  # noqa: F401, what takes each of them seconds

import armillary.train.sharded  # noqa: F401


def run(processes: int, script: str, arguments: list[str]) -> int:
    """The first exit code that is not 0, at which the others are killed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    children = []
    for rank in range(processes):
        child = os.fork()
        if not child:
            os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(processes),
                           "LOCAL_WORLD_SIZE": str(processes), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
            sys.argv = [script, *arguments]
            runpy.run_path(script, run_name="__main__")
            sys.exit()
        children.append(child)
    failed = 0
    while children:
        child, status = os.wait()
        children.remove(child)
        if status and not failed:
            failed = abs(os.waitstatus_to_exitcode(status))
            for other in children:
                os.kill(other, signal.SIGKILL)
    return failed


if __name__ == "__main__":
    sys.exit(run(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
