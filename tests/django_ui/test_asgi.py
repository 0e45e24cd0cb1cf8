"""Whole local files that ASGI servers send by themselves."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import async_only_middleware

from downloadable import LocalSource, PathSend, StorageSource
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import adownload, download
from downloadable.ports import Served
from tests.django_ui.doors import GZIP
from tests.django_ui.handlers import aasgi, scope_of, site
from tests.django_ui.recording import LARGE
from tests.django_ui.subjects import descriptors_of

START, BODY, PATH = "http.response.start", "http.response.body", "http.response.pathsend"
OURS = "downloadable.DownloadMiddleware"
OFFER: dict[str, Any] = {"extensions": {PATH: {}}}


class Server:
    """An ASGI server that keeps what it is sent, and offers to send files by itself."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.requests: list[Any] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive(self) -> Any:
        return self.requests.pop() if self.requests else await asyncio.Event().wait()

    async def send(self, message: Any) -> None:
        self.sent.append(dict(message))

    @property
    def types(self) -> list[str]:
        """What kinds of messages came, in order."""
        return [message["type"] for message in self.sent]

    @property
    def fields(self) -> dict[str, str]:
        """The header fields."""
        return {name.decode().lower(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        """What came as bytes."""
        return b"".join(message.get("body", b"") for message in self.sent if message["type"] == BODY)


async def answered(
    view: Any,
    *,
    method: str = "GET",
    fields: dict[str, str] | None = None,
    offer: Any = OFFER,
    server: Server | None = None,
    **of_site: Any,
) -> Server:
    """Ask *view* over ASGI, through what the documentation says to put around Django's application."""
    server = server or Server()
    with site(view, **of_site):
        scope = scope_of("/", method, fields or {}) | offer
        await PathSend(ASGIHandler())(scope, server.receive, server.send)
    return server


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A file that is too large to leave in one piece; nobody has it open at the end."""
    path = tmp_path / "data.bin"
    path.write_bytes(LARGE)
    yield path
    assert descriptors_of(path) == 0


def view_of(thing: Any) -> Any:
    """Return a view that serves *thing*."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return download(request, thing)

    return view


def async_view_of(thing: Any) -> Any:
    """Return an async view that does the same."""

    async def view(request: HttpRequest) -> HttpResponseBase:
        return await adownload(request, thing)

    return view


# Who gets it


@pytest.mark.parametrize("serving", [view_of, async_view_of])
@pytest.mark.parametrize(
    "thing",
    [
        lambda path: path,
        lambda path: path.open("rb"),
        lambda path: LocalSource(path.parent).open(path.name),
        lambda path: StorageSource(FileSystemStorage(path.parent)).open(path.name),
    ],
    ids=["path", "file", "local", "storage"],
)
async def test_a_whole_file_is_sent_by_the_server(path: Path, serving: Any, thing: Any) -> None:
    """The server gets the header fields and the path, and nothing else."""
    server = await answered(serving(thing(path)))
    assert server.types == [START, PATH]
    assert server.sent[1]["path"] == str(path)
    assert server.sent[0]["status"] == 200
    assert server.fields["content-length"] == str(len(LARGE))
    assert server.fields["etag"]


@pytest.mark.parametrize("status", [200, 203])
async def test_a_response_by_hand_is_sent_by_the_server(path: Path, status: int) -> None:
    """One that was built by hand meets its request, and with it the server, in our middleware."""

    def view(request: HttpRequest) -> HttpResponseBase:
        return DownloadResponse(path.open("rb"), status=status)

    server = await answered(view, middleware=[OURS])
    assert server.types == ([START, PATH] if status == 200 else [START, *[BODY] * (len(server.sent) - 1)])
    assert (await answered(view)).body == LARGE


@pytest.mark.parametrize("offer", [{}, {"extensions": {}}, {"extensions": None}], ids=str)
async def test_a_server_that_offers_nothing_gets_bytes(path: Path, offer: Any) -> None:
    """Where the server cannot, all is as without."""
    server = await answered(view_of(path), offer=offer)
    assert set(server.types[1:]) == {BODY}
    assert server.body == LARGE
    assert server.sent[-1] == {"type": BODY}


@pytest.mark.parametrize(
    ("method", "fields", "middleware", "status"),
    [
        pytest.param("GET", {"Range": "bytes=9-"}, [], 206, id="range"),
        pytest.param("GET", {"Range": "bytes=0-"}, [], 206, id="range of all"),
        pytest.param("GET", {"Range": "bytes=0-99999,200000-299999"}, [], 206, id="several ranges"),
        pytest.param("GET", {"If-None-Match": "*"}, [], 304, id="nothing new"),
        pytest.param("HEAD", {}, [], 200, id="HEAD"),
        pytest.param("GET", {"Accept-Encoding": "gzip"}, [GZIP], 200, id="compressed"),
        pytest.param("GET", {}, [f"{__name__}.wrapping"], 200, id="wrapped"),
        pytest.param("GET", {}, [f"{__name__}.turning"], 200, id="another response"),
        pytest.param("GET", {}, [f"{__name__}.reading"], 200, id="read before"),
    ],
)
async def test_other_answers_are_sent_from_here(
    path: Path, method: str, fields: dict[str, str], middleware: list[str], status: int
) -> None:
    """What is not the whole file as it is leaves as it always did."""
    server = await answered(view_of(path), method=method, fields=fields, middleware=middleware)
    expected = await aasgi(view_of(path), method=method, fields=fields, middleware=middleware)
    assert server.sent[0]["status"] == status == expected.status
    assert PATH not in server.types
    if "boundary" not in server.fields.get("content-type", "") and "Accept-Encoding" not in fields:
        assert server.body == expected.body
    assert len(server.body) > 0 or expected.body == b""


@async_only_middleware
def wrapping(get_response: Any) -> Any:
    """Be a middleware that does something to each chunk."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response: Any = await get_response(request)
        response.streaming_content = turned(response.streaming_content)
        return response  # type: ignore[no-any-return]

    return middleware


@async_only_middleware
def turning(get_response: Any) -> Any:
    """Be a middleware that makes another response of what is in one."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        return StreamingHttpResponse(turned(await get_response(request)))

    return middleware


@async_only_middleware
def reading(get_response: Any) -> Any:
    """Be a middleware that looks at all of it first."""

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        read = [chunk async for chunk in await get_response(request)]
        return StreamingHttpResponse(again(read))

    return middleware


async def again(chunks: list[bytes]) -> Any:
    """Yield what was read already."""
    for chunk in chunks:
        yield chunk


async def turned(chunks: Any) -> Any:
    """Yield other bytes of the same length."""
    async for chunk in chunks:
        yield bytes(reversed(chunk))


async def test_other_contents_are_sent_from_here(path: Path) -> None:
    """A server can open nothing but files, and small ones are read already."""
    path.with_name("small").write_bytes(b"small")
    for thing, expected in [
        (path.with_name("small"), b"small"),
        ((LARGE[start : start + 65_536] for start in range(0, len(LARGE), 65_536)), LARGE),
        (LARGE, LARGE),
    ]:
        server = await answered(view_of(thing))
        assert PATH not in server.types
        assert server.body == expected


@pytest.mark.parametrize("left", ["another file", "nothing"])
async def test_a_path_that_leads_elsewhere_is_not_sent(path: Path, left: str) -> None:
    """What has been opened is sent, although another file, or none, is at its place by now."""

    def view(request: HttpRequest) -> HttpResponseBase:
        response = download(request, path)
        path.rename(path.with_name("moved"))
        if left == "another file":
            path.write_bytes(b"another")
        return response

    server = await answered(view)
    assert PATH not in server.types
    assert server.body == LARGE
    path.write_bytes(b"for the fixture")  # noqa: ASYNC240


class Compressing:
    """An ASGI middleware that holds back the header fields until it has seen a part of the body, and changes both."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        held: list[Any] = []

        async def pass_on(message: Any) -> None:
            if message["type"] == START:
                held.append(message)
                return
            if held:
                await send({**held.pop(), "headers": [(b"content-encoding", b"reversed")]})
            await send({**message, "body": message.get("body", b"")[::-1]})

        await self._application(scope, receive, pass_on)


async def test_what_is_changed_in_between_is_sent_from_here(path: Path) -> None:
    """Whoever lies between the two and changes the body gets it, and the server nothing before its header fields."""
    server = Server()
    with site(view_of(path)):
        scope = scope_of("/", "GET", {}) | OFFER
        await PathSend(Compressing(ASGIHandler()))(scope, server.receive, server.send)
    assert server.types[0] == START
    assert PATH not in server.types
    assert server.fields == {"content-encoding": "reversed"}
    assert b"".join(message["body"][::-1] for message in server.sent[1:]) == LARGE


async def test_it_can_be_switched_off(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one line, all bytes come through here, and are the same."""
    monkeypatch.setattr(DownloadResponse, "zero_copy", False)
    server = await answered(view_of(path))
    assert PATH not in server.types
    assert server.body == LARGE


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
async def test_other_protocols_are_passed_on(kind: str) -> None:
    """What is no request over HTTP is none of its business."""
    seen: list[Any] = []

    async def application(*arguments: Any) -> None:
        seen.append(arguments)

    server, scope = Server(), {"type": kind, **OFFER}
    receive, send = server.receive, server.send
    await PathSend(application)(scope, receive, send)
    assert seen == [(scope, receive, send)]
    assert seen[0][0] is scope
    assert set(scope) == {"type", "extensions"}


async def test_the_scope_of_the_server_stays_its_own(path: Path) -> None:
    """A server may use its scope again, in which nothing of ours may be left."""
    scope, server = scope_of("/", "GET", {}) | OFFER, Server()
    before = dict(scope)
    with site(view_of(path)):
        await PathSend(ASGIHandler())(scope, server.receive, server.send)
    assert scope == before


# What is told of it


async def test_observers_hear_who_sends(path: Path, served: list[Served]) -> None:
    """What becomes of the file is not known here; that the server has it is."""
    await answered(view_of(path))
    assert [(heard.outcome, heard.delegate, heard.bytes_sent) for heard in served] == [
        ("handed over", "PathSend", 0)
    ]


class Hasty(Server):
    """A server that ends the task from which it has got its file."""

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == PATH:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()


async def test_observers_hear_it_of_a_task_that_is_cancelled(path: Path, served: list[Served]) -> None:
    """A request that is cancelled as soon as the server has its file was handed over, not aborted."""
    server = Hasty()
    with suppress(asyncio.CancelledError):  # some versions of Django keep it to themselves
        await asyncio.create_task(answered(view_of(path), server=server))
    assert server.types == [START, PATH]
    assert [(heard.outcome, heard.delegate) for heard in served] == [("handed over", "PathSend")]


class Leaving(Server):
    """A server that says that the client has gone once it has its file."""

    def __init__(self) -> None:
        super().__init__()
        self.has_its_file = asyncio.Event()

    async def receive(self) -> Any:
        if self.requests:
            return self.requests.pop()
        await self.has_its_file.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == PATH:
            self.has_its_file.set()


async def test_observers_hear_it_of_a_server_that_disconnects(path: Path, served: list[Served]) -> None:
    """The same where Django cancels the request, since the server says that there is no client any more."""
    server = await answered(view_of(path), server=Leaving())
    assert server.types == [START, PATH]
    assert [(heard.outcome, heard.delegate) for heard in served] == [("handed over", "PathSend")]


class Broken(Server):
    """A server whose client has gone before it had the file."""

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == PATH:
            raise OSError(32, os.strerror(32))


# Django leaves the empty body of a request to the garbage collector if its answer fails; what is heard has the request.
@pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")
async def test_a_server_that_breaks_is_an_abort(path: Path, served: list[Served]) -> None:
    """What the server did not take was not handed over."""
    with pytest.raises(OSError, match="Broken pipe") as caught:
        await answered(view_of(path), server=Broken())
    caught.value.__traceback__ = None
    assert [(heard.outcome, heard.delegate) for heard in served] == [("aborted", None)]
    served.clear()
    del caught
    gc.collect()
