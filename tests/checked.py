"""The same checks of shapes and types in a fraction of the time that jaxtyping takes for them.

jaxtyping checks the arguments of a call twice and what it gives once, each in a function of its own with a dictionary
of sizes; it asks `inspect` which argument belongs to which parameter, writes and compiles all that anew for a function
that stands in another, and compares types by the text of their names. Here one function of beartype checks arguments
and answer. It is kept for functions that are made again and again, and dictionaries of sizes are made where there are
arrays only. An array that is as it should be is known at once; any other is jaxtyping's to judge.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, update_wrapper
from types import FunctionType
from typing import Any, ForwardRef, TypeVar, get_args

import jaxtyping
from beartype import BeartypeConf, beartype
from jaxtyping import AbstractArray, TypeCheckError, _array_types, _decorator
from jaxtyping._storage import _shape_storage

type_checked = beartype(conf=BeartypeConf(violation_type=TypeCheckError))
theirs = _decorator.jaxtyped
judged = type(AbstractArray).__instancecheck__
MADE = "__made_here__"


def parts(annotation: Any) -> Iterator[Any]:
    """An annotation and all that stands in it."""
    yield annotation
    for part in annotation if isinstance(annotation, list) else get_args(annotation):
        yield from parts(part)
    if isinstance(annotation, TypeVar):
        for part in (annotation.__bound__, *annotation.__constraints__):
            yield from parts(part)


@lru_cache(maxsize=2**15)
def checks_of(code: object, name: tuple[str, str, str], signature: inspect.Signature) -> FunctionType:
    """The function of beartype that checks what is called so, in whose place another may be put (see `put_in`)."""
    return type_checked(_decorator._make_fn_with_signature(*name, signature, output=False))


def put_in(checks: FunctionType, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same checks around a function: beartype's has it as the default of a parameter."""
    made = FunctionType(checks.__code__, checks.__globals__, checks.__name__, None, checks.__closure__)
    made.__kwdefaults__ = {**checks.__kwdefaults__, "__beartype_func": function}
    return update_wrapper(made, function)


def with_sizes(checks: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """The same checks, with sizes that hold for one call: n is the same in all that it takes and gives."""

    def sized(*arguments: Any, **named: Any) -> Any:
        try:
            sizes = _shape_storage.memo_stack
        except AttributeError:
            sizes = _shape_storage.memo_stack = []
        sizes.append(({}, {}, {}, {}))
        try:
            return checks(*arguments, **named)
        finally:
            sizes.pop()

    return update_wrapper(sized, function)


def annotations(signature: inspect.Signature) -> list[Any]:
    """All that a signature says, and all that stands in it."""
    said = [one.annotation for one in signature.parameters.values()] + [signature.return_annotation]
    return [part for one in said for part in parts(one)]


def looked_up(signature: inspect.Signature, names: dict[str, Any]) -> inspect.Signature:
    """The same, in which a class that is only named is the class."""
    parameters = [
        one.replace(annotation=_decorator._destring_annotation(one.annotation, names))
        for one in signature.parameters.values()
    ]
    answer = _decorator._destring_annotation(signature.return_annotation, names)
    return inspect.Signature(parameters, return_annotation=answer)


def checked(function: FunctionType) -> Callable[..., Any]:
    """A function whose arguments and answer are checked at each call."""
    if hasattr(function, MADE):
        return function
    signature = inspect.signature(function)
    if any(isinstance(one, str | ForwardRef) for one in annotations(signature)):
        signature = looked_up(signature, function.__globals__)
    arrays = [one for one in annotations(signature) if isinstance(one, type(AbstractArray))]
    if any("{" in one.dim_str for one in arrays):  # a size that is an argument's value
        return theirs(function, typechecker=type_checked)
    name = (function.__name__, function.__qualname__, function.__module__)
    try:
        checks = checks_of(function.__code__, name, signature)
    except TypeError:  # what cannot be a key: a list as a default
        checks = checks_of.__wrapped__(function.__code__, name, signature)
    if not hasattr(checks, "__wrapped__"):  # nothing is said of its types
        return function
    made = put_in(checks, function)
    if arrays:
        made = with_sizes(made, function)
    setattr(made, MADE, True)
    return made


def jaxtyped(function: Any = None, **how: Any) -> Any:
    """In place of jaxtyping's: what is no function (a class, a property) is taken apart there, and comes back."""
    if isinstance(function, FunctionType) and how.get("typechecker") and not hasattr(function, "__no_type_check__"):
        return checked(function)
    if inspect.isclass(function) and hasattr(function.__init__, MADE):
        return function
    return theirs(function, **how) if function is not None else lambda given: jaxtyped(given, **how)


@dataclass(frozen=True, slots=True)
class Plan:
    """An annotation in short: an axis is its name, its size, or None; before which of them any number may stand."""

    array: type
    dtypes: tuple[str, ...]
    axes: tuple[str | int | None, ...]
    many: int | None
    called: str | None

    def cut(self, shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The sizes that are told one by one, and the any number of sizes between."""
        if self.many is None:
            return shape, ()
        after = max(self.many, len(shape) - len(self.axes) + self.many)
        return shape[: self.many] + shape[after:], shape[self.many : after]


DTYPES: dict[Any, str] = {}  # numpy's and torch's, and what jaxtyping calls them
PLANS: dict[Any, Plan | None] = {}


def dtype_name(dtype: Any) -> str:
    """As jaxtyping names a type of numbers; empty for a structure, whose name is its own."""
    if hasattr(dtype, "fields"):
        return "" if dtype.fields else dtype.type.__name__
    return repr(dtype).rsplit(".", 1)[-1]


def plan_of(kind: Any) -> Plan | None:
    """None for what says more than that: then jaxtyping is asked."""
    if not isinstance(kind.array_type, type) or kind._skip_instancecheck:
        return None
    if kind.dtypes is _array_types._any_dtype or not all(isinstance(one, str) for one in kind.dtypes):
        return None
    axes: list[str | int | None] = []
    called = None
    for one in kind.dims:
        if one is _array_types._anonymous_dim:
            axes.append(None)
        elif one is _array_types._anonymous_variadic_dim:
            continue
        elif one.broadcastable or getattr(one, "treepath", False) or type(one) is _array_types._SymbolicDim:
            return None
        elif type(one) is _array_types._NamedVariadicDim:
            called = one.name
        else:
            axes.append(one.size if type(one) is _array_types._FixedDim else one.name)
    return Plan(kind.array_type, tuple(kind.dtypes), tuple(axes), kind.index_variadic, called)


def fits(kind: Any, given: Any) -> bool:
    """Whether an array is plainly what an annotation says: then the sizes of its axes are kept, as jaxtyping does."""
    plan = PLANS[kind] if kind in PLANS else PLANS.setdefault(kind, plan_of(kind))
    if plan is None or not isinstance(given, plan.array):
        return False
    if given.dtype not in DTYPES:
        DTYPES[given.dtype] = dtype_name(given.dtype)
    shape, many = plan.cut(tuple(given.shape))
    if DTYPES[given.dtype] not in plan.dtypes or len(shape) != len(plan.axes):
        return False
    stack = getattr(_shape_storage, "memo_stack", None)
    sizes, several = stack[-1][:2] if stack else ({}, {})
    new: dict[str, int] = {}
    for axis, size in zip(plan.axes, shape, strict=True):
        said = sizes.get(axis, new.setdefault(axis, size)) if axis.__class__ is str else axis
        if said is not None and said != size:
            return False
    if plan.called and several.setdefault(plan.called, (False, many)) != (False, many):
        return False
    sizes.update(new)
    return True


def check_quickly() -> None:
    """Have jaxtyping check so; called before anything of armillary is imported."""
    jaxtyping.jaxtyped = _decorator.jaxtyped = jaxtyped
    type(AbstractArray).__instancecheck__ = lambda kind, given: fits(kind, given) or judged(kind, given)
