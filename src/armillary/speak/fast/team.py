"""Threads that work on a round each time one is ordered: between rounds they wait awake for a while, then they sleep.

Calling a thread that sleeps takes longer than all else that Python does for a token; one that is awake inside compiled
code sees an order at once, and never asks for Python's lock.
"""

from threading import Lock, Thread

import numpy as np

from armillary.speak.fast.compiled import FORWARD, ORDER, SERVE, Kernels, step_back
from armillary.speak.fast.records import STATE
from armillary.speak.fast.room import aligned

_LINE = 8
"""Counters that are as long as a line of the cache."""


class Team:
    """The threads of an engine, this one and others.

    A thread that serves holds its team, and so all that it looks at while it waits.
    """

    def __init__(self, model: np.ndarray, threads: int, kernels: Kernels) -> None:
        """Have a MODEL (see `records`) say who they are."""
        self._model, self._kernels, self._round = model, kernels, 0
        self._address: int = model.ctypes.data
        self._places = [Lock() for _ in range(threads)]
        self._orders, self._states = aligned(_LINE, dtype=np.int64), aligned(threads, dtype=STATE)
        heads = -(-int(model["n_kv_heads"][0]) // _LINE)
        self._counters = aligned(2 + heads, _LINE, dtype=np.int64)
        model["threads"], model["step_back"] = threads, step_back()
        model["orders"], model["states"] = self._orders.ctypes.data, self._states.ctypes.data
        for place, name in enumerate(("arrivals", "claims", "placed")):
            model[name] = self._counters[place:].ctypes.data

    def forward(self) -> None:
        """Run all blocks once, on all threads."""
        self._counters[:], self._round = 0, self._round + 1
        try:
            self._kernels.entry(ORDER, self._address, self._round, 0, 0)
            asleep = int(self._model["asleep"][0])
            for thread in range(1, asleep.bit_length()):
                if asleep >> thread & 1:
                    Thread(target=self._serve, args=(thread,), name=f"armillary-engine-{thread}").start()
        finally:  # those who have heard the order wait for this thread
            self._kernels.entry(FORWARD, self._address, self._round, 0, 0)

    def _serve(self, thread: int) -> None:
        with self._places[thread]:  # who was called as it fell asleep, and stayed awake, is not there twice
            self._kernels.entry(SERVE, self._address, thread, 0, 0)
