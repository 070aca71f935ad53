"""The application: the routes, the pages, and the guard before both."""

from collections.abc import Awaitable, Callable
from importlib.metadata import version

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Address
from starlette.types import ASGIApp

from armillary.web import (
    ask,
    axes,
    compare,
    counting,
    fitting,
    groups,
    home,
    inside,
    learn,
    maps,
    matrices,
    offered,
    replay,
    speech,
    table,
    tokens,
)
from armillary.web.dropped import PATH, drop
from armillary.web.guard import Door, Guard
from armillary.web.library import Library
from armillary.web.openapi import document
from armillary.web.pages import Page, page_response
from armillary.web.route import Desk, Nothing, Route
from armillary.web.work import Workers
from armillary.web.workshop import MOST

ROUTES: tuple[Route, ...] = (
    *home.ROUTES, *tokens.ROUTES, *table.ROUTES, *maps.ROUTES, *groups.ROUTES, *ask.ROUTES, *axes.ROUTES,
    *inside.ROUTES, *matrices.ROUTES, *speech.ROUTES, *counting.ROUTES,
    *learn.ROUTES, *replay.ROUTES, *compare.ROUTES, *fitting.ROUTES, *offered.ROUTES,
)


def application(library: Library, pages: dict[str, Page], door: Door) -> ASGIApp:
    """The explorer as an ASGI application."""
    desk = Desk(library, Workers())

    async def openapi(request: Request) -> Response:
        described = document(ROUTES, version("armillary"), list(library.items))  # what is learned is open from then on
        return JSONResponse(described, headers={"cache-control": "no-store"})

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})

    async def dropped(request: Request) -> Response:
        return await desk.take(drop, request)

    async def page(request: Request) -> Response:
        return page_response(pages, request)

    addresses = [Address("/api/health", health, methods=["GET"]), Address("/api/openapi.json", openapi,
                                                                         methods=["GET"])]
    addresses += [Address(f"/api/{route.path}", _endpoint(desk, route),
                          methods=["GET" if route.question is Nothing else "POST"]) for route in ROUTES]
    addresses.append(Address(PATH, dropped, methods=["POST"]))
    addresses.append(Address("/{path:path}", page, methods=["GET"]))
    writing = {f"/api/{route.path}": route.most for route in ROUTES if route.most is not None}
    return Guard(Starlette(routes=addresses), door, {**writing, PATH: MOST}, frozenset({PATH}))


def _endpoint(desk: Desk, route: Route) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await desk.answer(route, request)

    return answer
