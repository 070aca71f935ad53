"""The script that a user of gensim writes for `armillary near WORD --in FILE`."""

import sys

from gensim.models import KeyedVectors

vectors = KeyedVectors.load(sys.argv[1], mmap="r")
for word, cosine in vectors.most_similar(sys.argv[2], topn=10):
    print(f"{word} {cosine:.3f}")
