"""The OpenAPI document, made from the routes: what each question may hold, and what comes back."""

from collections.abc import Mapping, Sequence
from typing import Any

from armillary.web.dropped import PATH, Dropped
from armillary.web.route import Nothing, Route
from armillary.web.schema import schema

_PROBLEM = {
    "type": "object", "required": ["kind", "message"],
    "properties": {"kind": {"type": "string"}, "message": {"type": "string"},
                   "near": {"type": "array", "items": {"type": "string"}}},
}
_TOKEN = "token"
_TYPES = {"json": "application/json", "bytes": "application/octet-stream", "text": "text/plain; charset=utf-8",
          "events": "text/event-stream"}
_PROBLEMS = {
    "404": "nothing is called so, or the space does not hold the word", "413": "too large", "422": "cannot be answered",
    "501": "an optional package is missing", "503": "too much to do",
}

_PROBLEMS_OF_WRITING = {"401": "the token is missing or wrong", "409": "something is being learned already"}


_FILE = {"post": {
    "summary": "Open a file, which comes as the body; needs the token.", "operationId": "drop",
    "security": [{_TOKEN: []}],
    "parameters": [{"name": "name", "in": "query", "required": True, "schema": {"type": "string", "minLength": 1}}],
    "requestBody": {"required": True, "content": {"application/octet-stream": {}}},
    "responses": {"200": {"description": "what it is open as", "content": {
        "application/json": {"schema": schema(Dropped)}}}, **{
            status: {"description": text, "content": {"application/json": {"schema": _PROBLEM}}}
            for status, text in {**_PROBLEMS, "401": _PROBLEMS_OF_WRITING["401"]}.items()}},
}}


def document(routes: Sequence[Route], version: str, ids: Sequence[str]) -> dict[str, Any]:
    """OpenAPI 3.1; `ids` are what is open."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Armillary explorer", "version": version},
        "components": {"securitySchemes": {_TOKEN: {"type": "apiKey", "in": "header", "name": "X-Armillary-Token"}}},
        "paths": {**{f"/api/{route.path}": _operation(route, ids) for route in routes}, PATH: _FILE},
    }


def _operation(route: Route, ids: Sequence[str]) -> dict[str, Any]:
    content = {_TYPES[route.sent]: {"schema": schema(route.answer)} if route.sent in ("json", "events") else {}}
    responses: dict[str, Any] = {"200": {"description": "the answer", "content": content}}
    responses |= _problems(_PROBLEMS)
    operation: dict[str, Any] = {"summary": route.about, "operationId": route.path.replace("/", "_"),
                                 "responses": responses}
    if route.most is not None:
        operation["security"] = [{_TOKEN: []}]
        responses |= _problems(_PROBLEMS_OF_WRITING)
    if route.question is Nothing:
        return {"get": operation}
    question = schema(route.question)
    if "id" in question["properties"] and ids:
        question["properties"]["id"] = {"enum": list(ids)}
    body = {"required": True, "content": {"application/json": {"schema": question}}}
    return {"post": {**operation, "requestBody": body}}


def _problems(some: Mapping[str, str]) -> dict[str, Any]:
    """Responses that say what is wrong."""
    content = {"application/json": {"schema": _PROBLEM}}
    return {status: {"description": text, "content": content} for status, text in some.items()}
