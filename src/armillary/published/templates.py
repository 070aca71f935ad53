"""The chat templates of published models, each as code of ours, known by the SHA-256 of the template in the file.

The hashes are of the texts exactly as published: smollm2's stands in the file on the shelf, the others were compared
with the copies that the library TRL (trl/chat_templates) keeps to recognise models by.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial

from armillary.errors import InputError
from armillary.speak.chat import Mark, Piece, Template, Turn


def chatml(turns: Sequence[Turn], system: str = "", thinking: bool = False) -> list[Piece]:
    """ChatML, which most models learned or took over.

    Args:
        turns: what was said.
        system: what the system says if nothing else is said for it.
        thinking: what an earlier answer has before </think> is left out.
    """
    if system and (not turns or turns[0].role != "system"):
        turns = [Turn("system", system), *turns]
    pieces: list[Piece] = []
    for turn in turns:
        pieces += [Mark("<|im_start|>"), f"{turn.role}\n{_said(turn, thinking)}", Mark("<|im_end|>"), "\n"]
    return [*pieces, Mark("<|im_start|>"), "assistant\n"]


def _said(turn: Turn, thinking: bool) -> str:
    if thinking and turn.role == "assistant" and "</think>" in turn.text:
        return turn.text.rpartition("</think>")[2].lstrip("\n")
    return turn.text


def headers(turns: Sequence[Turn], dated: bool = False) -> list[Piece]:
    """Llama 3: a header before each turn; from 3.1 on the system always begins with dates.

    Llama 3.2's template asks the clock for the day and falls back on a fixed one; here it is always that one, so that
    a conversation can be repeated.
    """
    if dated:
        told, turns = _system(turns)
        dates = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
        turns = [Turn("system", dates + told.strip()), *turns]
    pieces: list[Piece] = [Mark("<|begin_of_text|>")]
    for place, turn in enumerate(turns):
        said = turn.text if dated and not place else turn.text.strip()
        pieces += [*_header(turn.role), said, Mark("<|eot_id|>")]
    return [*pieces, *_header("assistant")]


def _header(role: str) -> list[Piece]:
    return [Mark("<|start_header_id|>"), role, Mark("<|end_header_id|>"), "\n\n"]


def turns_of_two(turns: Sequence[Turn], system: bool) -> list[Piece]:
    """Gemma: two sides in turn; Gemma 3 puts the system's words before the user's first, older ones have no place."""
    told, turns = _system(turns)
    if told and not system:
        raise InputError("this model's template has no place for a system message")
    pieces: list[Piece] = [Mark("<bos>")]
    for place, turn in enumerate(turns):
        before = f"{told}\n\n" if told and not place else ""
        role = "model" if turn.role == "assistant" else turn.role
        pieces += [Mark("<start_of_turn>"), f"{role}\n{before}{turn.text.strip()}", Mark("<end_of_turn>"), "\n"]
    return [*pieces, Mark("<start_of_turn>"), "model\n"]


def _system(turns: Sequence[Turn]) -> tuple[str, Sequence[Turn]]:
    """(what the system says, the other turns)."""
    return (turns[0].text, turns[1:]) if turns and turns[0].role == "system" else ("", turns)


def _templates() -> dict[str, Template]:
    smollm = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    qwen = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
    made: dict[str, tuple[Callable[[Sequence[Turn]], list[Piece]], str]] = {
        "chatml": (chatml, "<|im_end|>"),
        "smollm2": (partial(chatml, system=smollm), "<|im_end|>"),
        "qwen2.5": (partial(chatml, system=qwen), "<|im_end|>"),
        "qwen3": (partial(chatml, thinking=True), "<|im_end|>"),
        "llama3": (headers, "<|eot_id|>"),
        "llama3.1": (partial(headers, dated=True), "<|eot_id|>"),
        "gemma": (partial(turns_of_two, system=False), "<end_of_turn>"),
        "gemma3": (partial(turns_of_two, system=True), "<end_of_turn>"),
    }
    return {name: Template(name, pieces, end) for name, (pieces, end) in made.items()}


TEMPLATES = _templates()
"""All of ours by name."""
HASHES = {
    "872be49dbb638044ad01b60388f48d469ff2980e5f0dccdc22ec907db54d0788": "smollm2",
    "cd8e9439f0570856fd70470bf8889ebd8b5d1107207f67a5efb46e342330527f": "qwen2.5",
    "87a2728cb8dc9fe424d624542f6060ec05a1d285ebbec578bb078900e33396b5": "qwen3",  # as first published
    "a55ee1b1660128b7098723e0abcd92caa0788061051c62d51cbe87d9cf1974d8": "qwen3",
    "64f85b198065d0fba2a81f37e10ed68161ce2c19a754c7100e67e0ca2ee9c326": "chatml",  # Qwen3 Instruct 2507
    "ba03a121d097859c7b5b9cd03af99aafe95275210d2876f642ad9929a150f122": "llama3",
    "e10ca381b1ccc5cf9db52e371f3b6651576caee0a630b452e2816b2d404d4b65": "llama3.1",
    "5816fce10444e03c2e9ee1ef8a4a1ea61ae7e69e438613f3b17b69d0426223a4": "llama3.1",  # Llama 3.2
    "ecd6ae513fe103f0eb62e8ab5bfa8d0fe45c1074fa398b089c93a7e70c15cfd6": "gemma",
    "7de1c58e208eda46e9c7f86397df37ec49883aeece39fb961e0a6b24088dd3c4": "gemma3",
}
"""SHA-256 of a template as it stands in a file -> which of ours says the same of turns of text."""


def template_for(name: str, text: str, chosen: str = "") -> Template:
    """The template of the model called `name`, whose file has the template `text`; or the one that is `chosen`.

    Raises:
        InputError: the file has none, or one that is not known here.
    """
    listed = ", ".join(TEMPLATES)
    if chosen:
        if chosen not in TEMPLATES:
            raise InputError("there is no template {name!r}; known are {known}", name=chosen, known=listed)
        return TEMPLATES[chosen]
    if not text:
        raise InputError("{name} has no chat template: it was made to continue texts (armillary write). "
                         "--template lays out a conversation for it all the same, as one of {known}",
                         name=name, known=listed)
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest not in HASHES:
        raise InputError("the chat template of {name} is none that is known here (SHA-256 {digest}), and templates of "
                         "files are never run. Read it with --show-template, and choose one that is like it with "
                         "--template: {known}", name=name, digest=digest, known=listed)
    return TEMPLATES[HASHES[digest]]
