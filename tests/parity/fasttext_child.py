"""fastText 0.9.2, which can take its process down with it, in a process of its own.

python fasttext_child.py vectors MODEL WORDS OUT      the vectors of the lines of WORDS, as OUT.npy
python fasttext_child.py train TEXT FOLDER            unsupervised.bin, supervised.bin and quantised.ftz from TEXT
"""

import sys
from pathlib import Path

import fasttext
import numpy as np


def vectors(model, words, out):
    opened = fasttext.load_model(model)
    lines = Path(words).read_bytes().decode().split("\n")
    np.save(out, np.stack([opened.get_word_vector(word) for word in lines]))


def train(text, folder):
    common = {"input": text, "dim": 10, "epoch": 1, "minCount": 1, "thread": 1, "verbose": 0}
    fasttext.train_unsupervised(**common, minn=2, maxn=5, bucket=500).save_model(f"{folder}/unsupervised.bin")
    fasttext.train_unsupervised(**common, model="cbow", maxn=0, bucket=0).save_model(f"{folder}/plain.bin")
    model = fasttext.train_supervised(**common, minn=1, maxn=3, bucket=500)
    model.save_model(f"{folder}/supervised.bin")
    model.quantize(input=text, cutoff=400, qnorm=True, dsub=3, verbose=0)
    model.save_model(f"{folder}/quantised.ftz")


{"vectors": vectors, "train": train}[sys.argv[1]](*sys.argv[2:])
