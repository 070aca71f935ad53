"""A model that is learned from a text: what it is, from what and how long, and where it goes in the end."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from armillary.count import count
from armillary.formats.aside import file_aside
from armillary.formats.store import write_store
from armillary.language import Note
from armillary.learning.output import snapshot_of, watched_of
from armillary.learning.self_supervised.asked import SelfSupervised
from armillary.learning.self_supervised.design import Design, fitted
from armillary.learning.self_supervised.material import Material
from armillary.learning.self_supervised.origin import Origin
from armillary.published.writing import CONFIG, write_model
from armillary.train.checkpoint import facts_of
from armillary.train.fit import fit
from armillary.train.parts import settle
from armillary.train.together import agreed, highest
from armillary.transformer.model import Transformer

_TRIAL = 3.0  # seconds in which the pace of a machine shows


class Learning:
    """A model, what it learns from, and how."""

    def __init__(self, told: Material, asked: SelfSupervised, out: Path, origin: Origin) -> None:
        self.material, self.out, self.snapshot, self.origin = told, out, snapshot_of(out), origin
        design = origin.design(told)
        self.lessons = origin.lessons(told, design)
        fit_in, self.notes = self._fitted(design, asked)
        steps, batch = agreed(fit_in.plan.steps), agreed(fit_in.batch)
        self.design = replace(design, batch=batch, plan=replace(design.plan, steps=steps))
        self.lessons = origin.lessons(told, self.design)
        self.question = self._question(asked)
        self.course = origin.course(self._begun(design, asked), self.lessons, self.design.plan, told)
        if asked.resume and self.snapshot.exists():
            self.course.take_up(self.snapshot, self.question)

    def chosen(self) -> list[Note]:
        """How large the model is, and how much it reads."""
        design, told = self.design, self.material
        size = {"count": count(self.course.model.config).total, "layers": design.n_layers, "d_model": design.d_model,
                "heads": design.n_heads, "d_vocab": design.d_vocab}
        steps = {"steps": design.plan.steps, "batch": design.batch, "context": design.context,
                 "epochs": design.plan.steps * design.batch * design.context / len(told.learned),
                 "tokens": len(told.learned)}
        return [
            Note("the model: {layers} blocks, d_model {d_model}, {heads} heads, d_vocab {d_vocab:,}: {count:,} "
                 "parameters", size),
            Note("{steps:,} steps of {batch} windows of {context} tokens: {epochs:.1f} times through {tokens:,} tokens",
                 steps),
        ]

    def write(self) -> None:
        """Write the model, its tokenizer, and the way of its commonest tokens; what makes it a model comes last."""
        settle(self.course.model)
        self.out.mkdir(exist_ok=True)
        (self.out / CONFIG).unlink(missing_ok=True)
        for name, content in self.origin.files(self.material).items():
            with file_aside(self.out / name, force=True) as file:
                file.write(content)
        frames = self.course.frames.store()
        if frames is not None:
            write_store(frames, watched_of(self.out), force=True)
        write_model(self.course.model, self.out, self.origin.keys(self.design))

    def _begun(self, design: Design, asked: SelfSupervised) -> Transformer:
        """The model before its first step; each process may hold its share of it."""
        model = self.origin.model(design)
        if not asked.share:
            return model
        from armillary.train.sharded import sharded  # a second to import, which others need not spend

        return sharded(model.config, model.named_parameters())

    def _fitted(self, design: Design, asked: SelfSupervised) -> tuple[Design, list[Note]]:
        """The design with its steps: as asked, as saved, or as the pace of this machine allows."""
        if asked.resume and self.snapshot.exists():
            facts = facts_of(self.snapshot)
            steps, batch = asked.steps or facts["steps"], asked.batch or facts["batch"]
            return replace(design, batch=batch, plan=replace(design.plan, steps=steps)), []
        if asked.steps is not None:
            return replace(design, plan=replace(design.plan, steps=asked.steps)), []
        tokens, began = 0, perf_counter()
        for step in fit(self._begun(design, asked), self.lessons, replace(design.plan, steps=1000)):
            tokens += design.batch * design.context
            if step.number == 2:
                tokens, began = 0, perf_counter()  # the first steps are slow
            elif highest(int(perf_counter() - began > _TRIAL)):  # of several processes all end after the same step
                break
        pace = tokens / (perf_counter() - began)
        return fitted(design, asked, len(self.material.learned), pace, self.origin.epochs)

    def _question(self, asked: SelfSupervised) -> Mapping[str, Any]:
        """All that the result depends on."""
        told = self.material
        return {"text": told.look.sha256, "tokenizer": told.kind, "seed": asked.seed, **self.origin.question(),
                "threads": torch.get_num_threads(), **self.design.facts()}
