"""``http.response.pathsend``: an ASGI server that sends a whole local file by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

__all__ = ["PathSend", "Sending", "sending_of"]

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
# What it takes is narrower for each framework's types: Django's asks for a dict of a scope.
Application: TypeAlias = Callable[..., Awaitable[None]]

EXTENSION = "http.response.pathsend"
KEY = "downloadable.pathsend"


class PathSend:
    """
    Let the ASGI server send whole local files by itself, where it offers that (``http.response.pathsend``).

    Put it around Django's application, right there, in ``asgi.py``::

        application = PathSend(get_asgi_application())

    Where the server offers nothing, it costs one look into a dictionary for each request.

    Args:
        application: Any ASGI application that ends in Django's.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and EXTENSION in (scope.get("extensions") or ()):
            sending = Sending(send)
            await self._application({**scope, KEY: sending}, receive, sending.pass_on)
        else:
            await self._application(scope, receive, send)


class Sending:
    """
    What a response finds in the scope of its request.

    Args:
        send: The server's.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = self._sent = False

    async def pass_on(self, message: Message) -> None:
        """Send what Django sends; nothing more of a body once the server has its file."""
        self._started = self._started or message["type"] == "http.response.start"
        if not self._sent:
            await self._send(message)

    async def path(self, path: str) -> bool:
        """
        Have the server send the file at *path* for the whole of the body.

        Returns:
            ``False`` if somebody in between holds back the header fields, as who compresses does, to change the body.
        """
        if self._started:
            self._sent = True
            await self._send({"type": EXTENSION, "path": path})
        return self._started


def sending_of(request: Any) -> Sending | None:
    """Return what :class:`PathSend` has put into the scope of *request*."""
    sending: Sending | None = request.scope.get(KEY)
    return sending
