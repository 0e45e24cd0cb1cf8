"""An application for ASGI servers; ``BENCH_FILES`` says where the files are."""

from __future__ import annotations

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse
from starlette.routing import Route

FILES = os.environ["BENCH_FILES"]


async def file(request: Request) -> FileResponse:
    name = request.path_params["path"]
    return FileResponse(f"{FILES}/{name}", filename=name)


async def state(request: Request) -> JSONResponse:
    return JSONResponse({"pid": os.getpid()})


async def tiny(request: Request) -> PlainTextResponse:
    return PlainTextResponse("tiny")


application = Starlette(
    routes=[Route("/state", state), Route("/tiny", tiny), Route("/Starlette/file/{path:path}", file)]
)
