"""What jaxtyping makes to check a function is made once, not again whenever a function within a function is.

A function that stands in another is a new one at each call of the other, and jaxtyping writes and compiles two more for
its checks: half of what learning takes in these tests. They depend on its signature alone, so they are kept.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from jaxtyping import _decorator


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


def keep_checks() -> None:
    """Have jaxtyping remember."""
    for name in ("_make_fn_with_signature", "_apply_typechecker"):
        setattr(_decorator, name, kept(getattr(_decorator, name)))
