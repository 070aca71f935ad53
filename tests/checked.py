"""The same checks of shapes and types in less time: jaxtyping makes them once, and binds arguments without detours.

A function that stands in another is a new one at each call of the other, and jaxtyping writes and compiles two more for
its checks; they depend on its signature alone, so they are kept. At each call it asks `inspect` which argument belongs
to which parameter, which takes longer than the checks; where all is in plain order, it need not.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import SimpleNamespace
from typing import Any

from jaxtyping import _decorator

PLAIN = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(slots=True)
class Bound:
    """What jaxtyping asks of bound arguments, the defaults among them already."""

    arguments: dict[str, Any]

    def apply_defaults(self) -> None:
        pass


class Signature(inspect.Signature):
    """A signature that has `inspect` bind the first call of a kind, and binds later ones in the same way itself."""

    @cached_property
    def ways(self) -> set[tuple[Any, ...]]:
        """How many arguments came by place and which by name, where `inspect` found nothing wrong."""
        return set()

    @cached_property
    def placed(self) -> list[str]:
        return [one.name for one in self.parameters.values() if one.kind is PLAIN[0]]

    @cached_property
    def defaults(self) -> dict[str, Any]:
        return {one.name: one.default for one in self.parameters.values() if one.default is not one.empty}

    def bind(self, /, *arguments: Any, **named: Any) -> Any:
        way = (len(arguments), *named)
        if way not in self.ways:
            bound = super().bind(*arguments, **named)
            if all(one.kind in PLAIN for one in self.parameters.values()):
                self.ways.add(way)
            return bound
        return Bound({**self.defaults, **dict(zip(self.placed, arguments, strict=False)), **named})


def kept(make: Callable[..., Any]) -> Callable[..., Any]:
    """The same, which remembers; what cannot be a key (a list as a default) is made anew."""
    remembered = lru_cache(maxsize=2**15)(make)

    def made(*arguments: Any, **named: Any) -> Any:
        try:
            hash((arguments, *named.values()))
        except TypeError:
            return make(*arguments, **named)
        return remembered(*arguments, **named)

    return made


def check_quickly() -> None:
    """Have jaxtyping remember, and bind so; called before anything of armillary is imported."""
    for name in ("_make_fn_with_signature", "_apply_typechecker"):
        setattr(_decorator, name, kept(getattr(_decorator, name)))
    _decorator.inspect = SimpleNamespace(**{**vars(inspect), "signature": Signature.from_callable})
