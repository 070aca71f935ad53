"""Looking inside: what stands at every place while a text goes through a model, and what if it were something else.

    run = lm.trace("The quill of the hedgehog")
    run.at(12, run.position("quill"))       a point that knows its context, in a Space
    run.attention(5)                        who listens to whom in block 5
    run.lens()                              every layer read as if it were the last
    run.contributions(-1, " is")            what each part adds to one score
    lm.trace(text, ablate(run.where("5.z.3"))).next()       what if this head had nothing to say

Blocks are counted from 0, and layers are what lies between them: layer 0 are the points before the first block, block 5
moves layer 5 to layer 6, and layer n_layers is the end.

    places        the names of the places (in `transformer`)
    where         a place as people write it: 5.z.3@7
    taps          looking on
    changes       stepping in: ablate, add, put, patch
    written       changes as people write them
    run           one text on its way
    attention     queries, keys, scores, patterns, values of one block
    lens          layers read through the unembedding
    contributions what adds up to one score
    products      any matrix of a block, and one of its numbers taken apart
    norms         what a norm does to a point
    journeys      ways of tokens through the layers, side by side
    pictures      all of this drawn, for notebooks and files
    heads         what a head writes and asks for, whatever the text
    looking       which head looks from one word to another
    contexts      the points of a corpus, to be searched
    neurons       which texts drive a unit of an MLP most
"""

from armillary.trace.attention import Attention
from armillary.trace.changes import Change, ablate, add, listen_to_one, put
from armillary.trace.contributions import Contribution, Contributions
from armillary.trace.lens import Lens
from armillary.trace.run import Run
from armillary.trace.taps import Record, Several
from armillary.trace.where import Where

__all__ = [
    "Attention", "Change", "Contribution", "Contributions", "Lens", "Record", "Run", "Several", "Where", "ablate",
    "add", "listen_to_one", "put",
]
