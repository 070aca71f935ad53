"""VECTORS OF WORDS, learned from text: skip-gram and CBOW, the same bits for any number of threads."""

from armillary.train.words.plan import Plan
from armillary.train.words.resume import fit, resume
from armillary.train.words.training import Step, Training

__all__ = ["Plan", "Step", "Training", "fit", "resume"]
