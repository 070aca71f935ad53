"""Typed questions: JSON checked against a dataclass before any work, and the same dataclass as a JSON schema.

Every number has a range and every text a length, written in its type: `Annotated[int, Range(1, 1000)]`.
"""

import math
from dataclasses import MISSING, dataclass, fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from armillary.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True)
class Range:
    """The least and the largest value of a number."""

    low: int | float
    high: int | float


@dataclass(frozen=True)
class Size:
    """The most and the fewest characters of a text, or items of a list."""

    most: int
    least: int = 0


Name = Annotated[str, Size(200, 1)]
Expression = Annotated[str, Size(1000, 1)]
Text = Annotated[str, Size(65_536)]
Words = Annotated[tuple[Expression, ...], Size(1000)]


def read(kind: type[T], value: object, where: str = "question") -> T:
    """`value`, parsed JSON, as a `kind`.

    Raises:
        InputError: a field is missing, unknown, of the wrong type, too long or out of its range.
    """
    found: T = _read(kind, value, where, ())
    return found


def _read(kind: Any, value: object, where: str, limits: tuple[Any, ...]) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        return _read(inner, value, where, (*limits, *more))
    if origin in (Union, UnionType):
        if value is None and NoneType in get_args(kind):
            return None
        return _read(next(one for one in get_args(kind) if one is not NoneType), value, where, limits)
    if is_dataclass(kind):
        return _object(kind, value, where)
    if origin is tuple:
        return _list(get_args(kind), value, where, limits)
    return _plain(kind, value, where, limits)


def _object(kind: Any, value: object, where: str) -> Any:
    if not isinstance(value, dict):
        raise InputError("{where} should be a JSON object", where=where)
    types = get_type_hints(kind, include_extras=True)
    unknown = sorted(map(str, value.keys() - types.keys()))
    if unknown:
        raise InputError("{where} has no field {names}", where=where, names=", ".join(unknown)[:200])
    given = {name: _read(types[name], one, f"{where}.{name}", ()) for name, one in value.items()}
    lacking = [one.name for one in fields(kind)
               if one.name not in given and one.default is MISSING and one.default_factory is MISSING]
    if lacking:
        raise InputError("{where} lacks the field {names}", where=where, names=", ".join(lacking))
    return kind(**given)


def _list(types: tuple[Any, ...], value: object, where: str, limits: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise InputError("{where} should be a list", where=where)
    endless = len(types) == 2 and types[1] is Ellipsis
    if not endless and len(value) != len(types):
        raise InputError("{where} should hold {count} items", where=where, count=len(types))
    _within(len(value), limits, where)
    pairs = zip([types[0]] * len(value) if endless else types, value, strict=True)
    return tuple(_read(kind, one, f"{where}[{place}]", ()) for place, (kind, one) in enumerate(pairs))


def _plain(kind: Any, value: object, where: str, limits: tuple[Any, ...]) -> Any:
    if get_origin(kind) is Literal:
        if value not in get_args(kind) or isinstance(value, bool):
            known = ", ".join(map(str, get_args(kind)))
            raise InputError("{where} should be one of {known}", where=where, known=known)
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53:
        value = float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise InputError("{where} should be of type {kind}", where=where, kind=_JSON[kind])
    if isinstance(value, str):
        _within(len(value), limits, where)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        for one in limits:
            if isinstance(one, Range) and not (one.low <= value <= one.high and math.isfinite(value)):
                raise InputError("{where} should lie between {low} and {high}", where=where, low=one.low, high=one.high)
    return value


def _within(length: int, limits: tuple[Any, ...], where: str) -> None:
    for one in limits:
        if isinstance(one, Size) and not one.least <= length <= one.most:
            raise InputError("{where} has the length {length}; it may have {least} to {most}",
                             where=where, length=length, least=one.least, most=one.most)


_JSON: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema(kind: Any) -> dict[str, Any]:
    """The JSON schema of a type: of a question, or of an answer."""
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *limits = get_args(kind)
        found = schema(inner)
        for one in limits:
            found |= _limited(found, one)
        return found
    if origin in (Union, UnionType):
        return {"anyOf": [schema(one) for one in get_args(kind)]}
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if origin is tuple:
        return _schema_of_list(get_args(kind))
    if origin is dict:
        return {"type": "object", "additionalProperties": schema(get_args(kind)[1])}
    if is_dataclass(kind):
        return _schema_of_object(kind)
    return {"type": "null"} if kind is NoneType else {"type": _JSON[kind]} if kind in _JSON else {}


def _limited(found: dict[str, Any], limit: Any) -> dict[str, Any]:
    if isinstance(limit, Range):
        return {"minimum": limit.low, "maximum": limit.high}
    unit = "Items" if found.get("type") == "array" else "Length"
    return {f"min{unit}": limit.least, f"max{unit}": limit.most}


def _schema_of_list(types: tuple[Any, ...]) -> dict[str, Any]:
    if len(types) == 2 and types[1] is Ellipsis:
        return {"type": "array", "items": schema(types[0])}
    return {"type": "array", "prefixItems": [schema(one) for one in types], "minItems": len(types),
            "maxItems": len(types)}


def _schema_of_object(kind: Any) -> dict[str, Any]:
    types = get_type_hints(kind, include_extras=True)
    needed = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
    properties = {one.name: schema(types[one.name]) for one in fields(kind)}
    return {"type": "object", "properties": properties, "additionalProperties": False,
            **({"required": needed} if needed else {})}
