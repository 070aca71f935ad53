"""The one compiled function, and what it can be asked to do; all it is given are whole numbers, mostly addresses."""

from typing import no_type_check

import numba
from numba import types

from armillary.speak.fast.compiled import FORWARD, LISTEN, PRODUCT, QUANTISE
from armillary.speak.fast.kernels import Inputs, forward, multiply
from armillary.speak.fast.listening import listen, place_heads
from armillary.speak.fast.records import BLOCK, MATRIX, MODEL
from armillary.speak.fast.rows import quantise
from armillary.speak.fast.sync import compiled, pointer


@compiled
@no_type_check
def entry(task, a, b, c, d):  # noqa: ANN001, ANN201
    """See the tasks in `compiled`."""
    if task == FORWARD:
        forward(a, b)
    elif task == PRODUCT:
        matrix = numba.carray(pointer(a), 1, MATRIX)[0]
        x = numba.carray(pointer(b), 6, numba.int64)
        inputs = Inputs(x[0], x[1], x[2], x[3], x[4], x[5])
        for tile in range(matrix.rows):
            multiply(matrix, tile, inputs, c, d + tile * 64, matrix.rows * 64)
    elif task == QUANTISE:
        quantise(a, b, c, d)
    elif task == LISTEN:
        model, block = numba.carray(pointer(a), 1, MODEL)[0], numba.carray(pointer(b), 1, BLOCK)[0]
        place_heads(model, block, 0)
        listen(model, block, 0, 0)
    return 0


def compile_entry() -> tuple[bytes, str]:
    """Machine code as an object file, and the name of the function in it."""
    entry.compile((types.int64,) * 5)
    found = entry.overloads[entry.signatures[0]]
    return bytes(found.library._get_compiled_object()), found.fndesc.llvm_func_name
