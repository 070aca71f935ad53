"""Rounds, compiled: a thread that runs all blocks each time it is ordered to, and sleeps when that was long ago."""

from typing import no_type_check

import numba

from armillary.speak.fast.kernels import forward
from armillary.speak.fast.records import MODEL, STATE
from armillary.speak.fast.sync import PATIENCE, compiled, increased, meet, pointer, reached, wait

_STATE = STATE.itemsize
AWAKE = PATIENCE + 6000
"""Rounds of waiting after which a thread sleeps: a millisecond or two, most of which it leaves to whoever wants it."""


@compiled
@no_type_check
def order(address, number):  # noqa: ANN001, ANN201
    """Have all threads work on round `number`, and note who of them sleeps, bit by bit."""
    model = numba.carray(pointer(address), 1, MODEL)[0]
    while reached(model.orders) < number:
        increased(model.orders)
    asleep = 0
    for thread in range(1, model.threads):
        if reached(model.states + thread * _STATE) % 2 == 0:
            asleep |= 1 << thread
    model.asleep = asleep


@compiled
@no_type_check
def lead(address, number):  # noqa: ANN001, ANN201
    """The first thread's part of a round; when it returns, all are done."""
    model = numba.carray(pointer(address), 1, MODEL)[0]
    order(address, number)
    meet(model, forward(address, 0))


@compiled
@no_type_check
def serve(address, thread):  # noqa: ANN001, ANN201
    """Another thread's part of all rounds, until it sleeps.

    Whoever orders looks at `changes` after it has ordered, and whoever sleeps looks at the orders after it has said so:
    one of them sees the other.
    """
    model = numba.carray(pointer(address), 1, MODEL)[0]
    state = numba.carray(pointer(model.states), thread + 1, STATE)
    changes = model.states + thread * _STATE
    increased(changes)
    while True:
        waited = 0
        while reached(model.orders) == state[thread].done and waited < AWAKE:
            waited += 1
            wait(model, waited)
        if waited == AWAKE:
            increased(changes)
            if reached(model.orders) == state[thread].done:
                return
            increased(changes)
        state[thread].done += 1
        forward(address, thread)
        increased(model.arrivals)
