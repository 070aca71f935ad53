"""The server that one writes in five minutes: each question in a thread of its own, over the same library.

Called as naive_server.py TARGET PORT.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import armillary

space = armillary.open(sys.argv[1])


async def near(request: Request) -> JSONResponse:
    """The neighbours of an expression."""
    asked = await request.json()
    found = await run_in_threadpool(space.near, asked["query"], asked["n"])
    return JSONResponse({"neighbours": [{"label": one.label, "cosine": one.cosine} for one in found]})


if __name__ == "__main__":
    app = Starlette(routes=[Route("/api/near", near, methods=["POST"])])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", http="h11", lifespan="off")
