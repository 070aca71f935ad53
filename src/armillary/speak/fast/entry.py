"""The compiled functions that are called from outside; all they are given are whole numbers, mostly addresses."""

from collections.abc import Iterator
from typing import no_type_check

import numba
from numba import types

from armillary.speak.fast.compiled import FORWARD, ORDER, PRODUCT, QUANTISE, SERVE
from armillary.speak.fast.kernels import Inputs, multiply
from armillary.speak.fast.layouts import COLUMNS
from armillary.speak.fast.records import MATRIX
from armillary.speak.fast.rounds import lead, order, serve
from armillary.speak.fast.rows import quantise
from armillary.speak.fast.sync import compiled, pointer
from armillary.speak.fast.tile import make_tile

_one, _several = make_tile(1), make_tile(COLUMNS)


@compiled
@no_type_check
def entry(task, a, b, c, d):  # noqa: ANN001, ANN201
    """See the tasks in `compiled`."""
    if task == FORWARD:
        lead(a, b)
    elif task == PRODUCT:
        matrix = numba.carray(pointer(a), 1, MATRIX)[0]
        x = numba.carray(pointer(b), 8, numba.int64)
        inputs = Inputs(x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7])
        for tile in range(matrix.rows):
            multiply(matrix, tile, inputs, c, d + tile * 64, matrix.rows * 64)
    elif task == QUANTISE:
        quantise(a, b, c, d)
    elif task == ORDER:
        order(a, b)
    elif task == SERVE:
        serve(a, b)
    return 0


@compiled
@no_type_check
def one(layout, tile, groups, x, x_stride, steps, steps_stride, out, out_stride):  # noqa: ANN001, ANN201
    """A tile times one row (see `tile`)."""
    _one(layout, tile, groups, x, x_stride, steps, steps_stride, out, out_stride)


@compiled
@no_type_check
def several(layout, tile, groups, x, x_stride, steps, steps_stride, out, out_stride):  # noqa: ANN001, ANN201
    """A tile times COLUMNS rows."""
    _several(layout, tile, groups, x, x_stride, steps, steps_stride, out, out_stride)


def compile_all() -> Iterator[tuple[str, bytes]]:
    """Each function: its name in the machine code, and that, an object file; in the order of `compiled.Kernels`."""
    for function, count in ((entry, 5), (one, 9), (several, 9)):
        function.compile((types.int64,) * count)
        found = function.overloads[function.signatures[0]]
        yield found.fndesc.llvm_func_name, bytes(found.library._get_compiled_object())
