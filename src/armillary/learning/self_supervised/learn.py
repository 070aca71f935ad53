"""From a text to a folder, whatever kind of model the text becomes."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TypeVar

import torch

from armillary.count import count
from armillary.errors import InputError
from armillary.language import Note
from armillary.learning.again import again
from armillary.learning.card import sha256_of
from armillary.learning.folder import checked
from armillary.learning.reports import ended
from armillary.learning.self_supervised.asked import SelfSupervised
from armillary.learning.self_supervised.card import Card, neighbours
from armillary.learning.self_supervised.learning import Learning
from armillary.learning.self_supervised.material import read
from armillary.learning.self_supervised.origin import Origin
from armillary.published.shards import WHOLE
from armillary.train.checkpoint import dropped
from armillary.train.together import is_first, join, processes, wait
from armillary.train.tokenizer import Source

C = TypeVar("C", bound=Card)


def learned(source: Source, out: Path, asked: SelfSupervised, begin: Callable[[], Origin], card: Callable[..., C]) -> C:
    """Look at a text, plan, learn, write, measure. Under torchrun, the first process writes.

    Args:
        source: the text.
        out: the folder to write.
        asked: what was asked for.
        begin: gives where the model begins.
        card: makes a card from what all say and what `Origin.measured` gives.
    """
    began = monotonic()
    join()
    if asked.share and processes() == 1:
        raise InputError("a model is shared by several processes; start them with torchrun: torchrun "
                         "--nproc-per-node 2 --no-python armillary learn ...")
    notes = checked(out, asked) if is_first() else []
    origin = begin()
    text = read(source)
    notes += origin.odd(len(text))
    told = origin.material(text)
    learning = Learning(told, asked, out, origin)
    notes += learning.notes
    for note in (Note("{text}", {"text": str(told.look)}), origin.chosen(told), *learning.chosen(), *notes):
        asked.progress(note)
    course, design = learning.course, learning.design
    course.go(learning.snapshot, learning.question)
    course.model = course.whole()
    if course.step < design.plan.steps:
        notes.append(ended(course.step / design.plan.steps))
    if is_first():
        learning.write()
    wait()
    made = card(
        **origin.measured(course, told, design), out=str(out), text=vars(told.look), tokenizer=told.kind,
        design=design.facts(), steps=course.step, neighbours=neighbours(course.model, told),
        neighbours_before=neighbours(origin.model(design), told), parameters=count(course.model.config).by_kind,
        trail=course.trail, samples=course.samples, seconds=monotonic() - began, sha256=sha256_of(out / WHOLE),
        command=again(origin.kind, source, out, asked, {"steps": design.plan.steps, "batch": design.batch}),
        threads=torch.get_num_threads(), notes=notes,
    )
    if is_first():
        made.write(out)
        dropped(learning.snapshot)
    return made
