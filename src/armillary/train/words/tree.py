"""Hierarchical softmax: every word at the end of a way of yes-or-no turns, short for frequent words (Huffman 1952).

Morin and Bengio 2005 gave the idea, Mikolov et al. 2013 the Huffman tree. A word's chance is the product of the chances
of its turns, each of which one output row decides.
"""

import heapq

import numpy as np

from armillary.shapes import Float32, Int32, Int64


def ways(
    counts: Int64[np.ndarray, "v"],
) -> tuple[Int64[np.ndarray, "_"], Int32[np.ndarray, "w"], Float32[np.ndarray, "w"]]:
    """Where each word's way begins (v + 1), the nodes on all ways, and the label of the turn at each: 1 or 0.

    Nodes are output rows: 0 is the root, and the fewer words pass a node, the higher its row.
    """
    v = len(counts)
    heap = [(int(count), row) for row, count in enumerate(counts)]
    heapq.heapify(heap)
    parent, turn = np.zeros(2 * v, np.int64), np.zeros(2 * v, np.float32)
    for node in range(v, 2 * v - 1):
        (least, left), (more, right) = heapq.heappop(heap), heapq.heappop(heap)
        parent[[left, right]] = node
        turn[left] = 1
        heapq.heappush(heap, (least + more, node))
    root, starts, nodes, turns = 2 * v - 2, [0], [], []
    for row in range(v):
        way, at = [], row
        while at != root:
            way.append((root - parent[at], turn[at]))
            at = int(parent[at])
        nodes += [node for node, _ in reversed(way)]
        turns += [one for _, one in reversed(way)]
        starts.append(len(nodes))
    return np.array(starts, np.int64), np.array(nodes, np.int32), np.array(turns, np.float32)
