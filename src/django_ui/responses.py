"""The response that carries out a plan with a body."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

from asgiref.sync import sync_to_async
from attrs import frozen
from django.http import FileResponse, HttpRequest

from downloadable.adapters.django_files import as_content
from downloadable.django_ui.asgi import Sending, sending_of
from downloadable.django_ui.bridge import bridged
from downloadable.django_ui.choosing import body_of
from downloadable.django_ui.conf import default_policy
from downloadable.django_ui.confinement import PlannedHeaders, confine
from downloadable.django_ui.observed_bodies import ObservedBody
from downloadable.django_ui.observing import ledger_for
from downloadable.django_ui.zero_copy import BLOCK, file_to_stream, path_to_send
from downloadable.domain import PLAIN_GET, Disposition, Plan, Resource, ServingPolicy, decide
from downloadable.ports import Content

__all__ = ["DownloadResponse", "HandMade"]


@frozen(eq=False, repr=False)
class HandMade:
    """
    What a response that was built by hand is made of, for whoever knows the request to decide again.

    Args:
        content: Acquired; held by the response.

        policy: How it is served.

        resource: What it was described as.

        stream: What Django was to iterate over.

        attributes: Names of the attributes that the response was made with.
    """

    content: Content
    policy: ServingPolicy
    resource: Resource
    stream: object
    attributes: frozenset[str]


class DownloadResponse(FileResponse):
    """
    A file on its way to the client, with the header fields of its plan and no others.

    Built by hand, it knows no request: it looks at the file and opens it when it is made, and answers a plain GET.
    Ranges, conditions and delegates come in on the way out, by ``DownloadMiddleware`` or ``delegated_to()``;
    ``download()`` needs neither, and hands over what nobody has opened.

    Args:
        file_instance: Whatever :func:`~downloadable.adapters.django_files.as_content` takes; closed with the response.

        attachment: Save the file (``True``) or show it in the browser.

        basename: Name at the client; ``None`` takes the file's.

        status: Status code.

        content_type: Media type with its parameters; ``None`` guesses from the name.

        file_mimetype: Media type, if *content_type* is not given.

        file_encoding: Content coding that the bytes are in, such as ``"gzip"``.

        headers: Further fields, which go before those of the plan.

        reason, charset: As for any response of Django.

    Raises:
        ContentError: If the file cannot be had.
    """

    zero_copy = True
    """Whether the server may take a local file by itself, as far as it can; else its bytes are read here."""

    block_size = BLOCK

    plan: Plan
    served: Content
    """What is sent; ``file`` may be a wrapper of it, which the program knows it by."""
    file: Any
    _sending: Sending | None = None
    hand_made: HandMade | None = None
    """Set while it is not yet known what was asked."""

    def __init__(
        self,
        file_instance: Any,
        attachment: bool = True,
        basename: str | None = None,
        status: int = 200,
        content_type: str | None = None,
        file_mimetype: str | None = None,
        file_encoding: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        reason: str | None = None,
        charset: str | None = None,
    ) -> None:
        content = as_content(file_instance)
        try:
            said = {
                "attachment": attachment,
                "basename": basename,
                "content_type": content_type or file_mimetype,
                "content_encoding": file_encoding,
                "charset": charset,
            }
            policy = default_policy().evolve(
                **{name: value for name, value in said.items() if value is not None}
            )
            resource = content.describe(PLAIN_GET)
            plan = decide(resource, policy, PLAIN_GET)
            content.acquire()
            # Not at once: what of it is asked for, if anything, may yet turn out.
            self._carry_out(
                plan, resource, content, request=None, at_once=False, status=status, reason=reason
            )
            self.file = file_instance
            self.hand_made = None
            attributes = frozenset(vars(self))
            self.hand_made = HandMade(content, policy, resource, self._held_stream, attributes)
            for name, value in (headers or {}).items():
                self[name] = value
        except BaseException:
            content.close()
            raise

    @classmethod
    def carrying_out(cls, plan: Plan, resource: Resource, content: Content, *, request: HttpRequest) -> Self:
        """
        Return the response for *plan*; without ``__init__``, which is for responses that are built by hand.

        Args:
            plan: An answer with a body.

            resource: What *content* was described as.

            content: Acquired; closed when the body ends or the response is closed.

            request: Says whether an event loop will send the body, and what the server can do by itself.
        """
        self = cls.__new__(cls)
        self._carry_out(plan, resource, content, request=request, status=plan.status)
        self.file = content
        return self

    def _carry_out(
        self,
        plan: Plan,
        resource: Resource,
        content: Content,
        *,
        request: HttpRequest | None,
        at_once: bool = True,
        status: int,
        reason: str | None = None,
    ) -> None:
        self.plan = plan
        self.served = content
        # Other requests may have a scope, too: of a token, say, which is a text.
        asynchronous = isinstance(getattr(request, "scope", None), Mapping)
        self._ledger = ledger = ledger_for(request, resource, plan, content)
        try:
            self._body = body_of(
                plan, resource, content, asynchronous=asynchronous, ledger=ledger, at_once=at_once
            )
            # Without a type, Django would make one up.
            FileResponse.__init__(self, self._body, status=status, reason=reason, content_type="")
            self.headers = PlannedHeaders(plan)
            if type(self).default_headers is not DownloadResponse.default_headers:
                self._set_fields(self.default_headers)
            if self.zero_copy:
                self._offer(request, asynchronous=asynchronous)
        except BaseException:
            # Something else is answered then, of which nobody has to hear.
            if ledger is not None:
                ledger.drop()
            raise

    def _offer(self, request: HttpRequest | None, *, asynchronous: bool) -> None:
        """Offer a local file to the server, which may have its own way to send it."""
        if asynchronous:
            self._sending = sending_of(request)
        else:
            wrapper = None if request is None else request.META.get("wsgi.file_wrapper")
            file: Any = file_to_stream(self.plan, self.served, wrapper, self._ledger)
            self.file_to_stream = file

    @property
    def _held_stream(self) -> Any:
        """What Django iterates over: its public name is another generator each time, behind which nothing is closed."""
        return self._iterator  # type: ignore[attr-defined]

    def release(self) -> HandMade | None:
        """
        Give up what this was made of, for another response to go out instead.

        Returns:
            ``None`` if it was not built by hand, or if somebody has changed what is sent since: it goes out as it is.
        """
        made, self.hand_made = self.hand_made, None
        if made is None or self.status_code != self.plan.status or self._held_stream is not made.stream:
            return None
        self._body.let_go()
        return made

    def withdraw(self) -> None:
        """Tell no observer how this ends: another answer goes out instead, and closes what this holds."""
        self.hand_made = None
        if self._ledger is not None:
            self._ledger.drop()

    def set_headers(self, filelike: Any) -> None:
        """Guess nothing: the plan has said it all."""

    def _set_fields(self, fields: Mapping[str, str]) -> None:
        for name in {name for name, _ in self.plan.headers} - fields.keys():
            del self.headers[name]
        for name, value in fields.items():
            if self.headers.get(name) != value:
                self.headers[name] = value

    @property
    def default_headers(self) -> dict[str, str]:
        """The fields of the plan; a subclass may add to them."""
        return dict(self.plan.headers)

    @property
    def attachment(self) -> bool:
        """Whether the file is saved rather than shown."""
        return self._disposition.kind == "attachment"

    @property
    def basename(self) -> str:
        """Name at the client."""
        return self._disposition.filename

    @property
    def _disposition(self) -> Disposition:
        value = self.plan.header("Content-Disposition") or "attachment"
        return Disposition.parse(value) or Disposition("attachment")

    def get_encoding(self) -> str | None:
        """Return the content coding that is announced, if there is one."""
        return self.plan.header("Content-Encoding")

    def has_header(self, header: str) -> bool:
        """
        Tell whether the field is set, or is not to be.

        A part of a content and one in a coding must not be transformed any more, and this is what GZipMiddleware asks.
        """
        if super().has_header(header):
            return True
        return self.plan.status == 206 and header.lower() == "content-encoding"

    __contains__ = has_header

    def items(self) -> Iterable[tuple[str, str]]:
        """Return the fields to send: what was compressed on the way out can no longer be served in ranges."""
        if "content-encoding" in self.headers._store and self.plan.header("Content-Encoding") is None:
            for name in ("Accept-Ranges", "Repr-Digest"):
                self.headers.pop(name, None)
        confine(self.headers, self.plan)
        file: Any = self.file_to_stream
        if file is not None and self.headers.get("Content-Length") != self.plan.header("Content-Length"):
            # A server that sends from a descriptor ends where it is told to, and without that at the end of the file.
            self.file_to_stream = None
        return super().items()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Stream under ASGI, whatever a middleware has made of the body: never as one list."""
        stream = self._held_stream
        chunks = stream if self.is_async else self._bridged(stream)
        try:
            if await self._sent_by_server():
                return
            async for chunk in chunks:
                yield self.make_bytes(chunk)
        finally:
            # From the outside in: nobody else closes what a middleware has wrapped around the body.
            async with AsyncExitStack() as stack:
                for held in reversed(
                    list({id(held): held for held in (chunks, stream, self._body)}.values())
                ):
                    stack.push_async_callback(closed, held)

    def _bridged(self, stream: Iterator[Any]) -> AsyncIterator[bytes]:
        # What a thread reads ahead of the server is not sent yet. How much of it is in what a middleware has made of
        # the body, nobody can tell.
        if isinstance(self._body, ObservedBody) and stream is self._body:
            return self._body.on_a_loop()
        return bridged(map(self.make_bytes, stream))

    async def _sent_by_server(self) -> bool:
        """Have the server send the file by itself; ``False`` if it does not, or something else is to be sent by now."""
        if self._sending is None or self._held_stream is not self._body:
            return False
        # Somebody who makes another response of what is in this one iterates over it, too; that one goes out.
        if self._handler_class is None:  # type: ignore[attr-defined]
            return False
        path = path_to_send(self.plan, self.served)
        if path is None or not await self._sending.path(path):
            return False
        if self._ledger is not None:
            # A server that has its file may call that a disconnect, which would cancel this before anybody was told.
            await asyncio.shield(sync_to_async(self._ledger.report)("handed over", "PathSend"))
        return True


async def closed(held: Any) -> None:
    """Close what can be closed: on this loop, or in Django's thread for the request."""
    if hasattr(held, "aclose"):
        await held.aclose()
    elif hasattr(held, "close"):
        await sync_to_async(held.close)()
