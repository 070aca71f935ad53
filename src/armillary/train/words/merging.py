"""What threads do together in the rounds of a step, compiled (extra `fast`): they share shards, and merge the copies.

No thread tells another what to do: each takes the next shard, then the next piece of the matrices, and goes on as soon
as all are done, by numbers that all count up at once. Handing work over by Python took a tenth of the time: to wake a
thread takes a tenth of a millisecond, and that four times a round.
"""

from typing import no_type_check

from armillary.train.words.draws import compiled, inlined
from armillary.train.words.instructions import add_at_once, as_it_is
from armillary.train.words.rows import merge_row
from armillary.train.words.shard import How, Net, Text

_PATIENCE = 200_000
"""Looks at a number that others change, some tenths of a millisecond, before a thread sleeps: they may have no core."""


@inlined
@no_type_check
def next_shard(work, turn):  # noqa: ANN001, ANN201
    """The next shard of a round that nobody has taken; there are no more where it is their number."""
    return add_at_once(work.taken, 2 * turn, 1)


@inlined
@no_type_check
def task(work, copies, how, turn, shard):  # noqa: ANN001, ANN201
    """What a shard learns from in a round, what it changes, and how."""
    begin, end = work.stretches[turn, shard]
    copy = shard + (1 if len(copies.inputs) > 1 else 0)
    net = Net(copies.inputs[copy], copies.outputs[copy], copies.into, copies.size)
    here = How(how.window, work.rates[turn], work.states[turn, shard], how.cbow)
    return Text(work.ids[begin:end], work.keep), net, here


@inlined
@no_type_check
def learned(work, turn, shard, pairs, loss):  # noqa: ANN001, ANN201
    """A shard is done with a round."""
    work.found[turn, shard, 0], work.found[turn, shard, 1] = pairs, loss
    add_at_once(work.done, 2 * turn, 1)


@compiled
@no_type_check
def together(work, copies, turn):  # noqa: ANN001, ANN201
    """Bring together what all shards learned in a round; False where the others are not done for long."""
    if not _all_done(work.done, 2 * turn, work.states.shape[1]):
        return False
    first, last = work.ends[turn], work.ends[turn + 1]
    piece = first + add_at_once(work.taken, 2 * turn + 1, 1)
    while piece < last:
        matrix, begin, end = work.pieces[piece]
        replicas = copies.outputs if matrix else copies.inputs
        merge(replicas[0], replicas[1:], (begin, end), copies.part, copies.size)
        add_at_once(work.done, 2 * turn + 1, 1)
        piece = first + add_at_once(work.taken, 2 * turn + 1, 1)
    return _all_done(work.done, 2 * turn + 1, last - first)


@inlined
@no_type_check
def _all_done(done, phase, count):  # noqa: ANN001, ANN202
    """Wait until so many are done, but not for long."""
    looks = 0
    while as_it_is(done, phase) < count and looks < _PATIENCE:
        looks += 1
    return as_it_is(done, phase) >= count


@compiled
@no_type_check
def merge(base, replicas, rows, part, size):  # noqa: ANN001, ANN201
    """Bring together what the replicas learned of rows[0] to rows[1] (see `plain.merge`), in the order of the replicas.

    `base` is flat, `replicas` (s, ...) are too; all end with the same rows.
    """
    for row in range(rows[0], rows[1]):
        merge_row(base, replicas, row * size, replicas.shape[0], replicas.shape[1], part, size)
