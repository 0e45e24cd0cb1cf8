"""
Local files that leave without being copied: by ``wsgi.file_wrapper`` (PEP 3333), or ``http.response.pathsend`` (ASGI).

Whoever sends them takes them from the response itself, once it has gone through all middleware; where one has put
something else in the place of the body, that is sent.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable

from downloadable.django_ui.connections import give_back_connections
from downloadable.domain import ByteRange, ContentTruncated, Plan
from downloadable.ports import Content, LocalFile
from downloadable.ports.observer import Ledger

__all__ = ["BLOCK", "FileToStream", "file_to_stream", "path_to_send"]

HONOURED = frozenset({"gunicorn.http.wsgi", "waitress.buffers", "wsgiref.util"})
"""
Modules of the file wrappers that begin at the file's offset and end after Content-Length bytes. uWSGI's knows neither:
it would send the whole file as its part, and of one that grows more than was announced.
"""

BLOCK = 256 * 1024
"""Bytes to read at a time, however many a server asks for: waitress asks for megabytes, and sends some of them."""


class FileToStream:
    """
    One range of a file, for a server to take by its descriptor, or to read where it does not.

    Positions are those of the file. A server that sends from the descriptor tells how far it came by :meth:`seek`, as
    ``socket.sendfile()`` does; one that only reads has told by reading.

    Args:
        content: Acquired; closed by whoever closes the response.

        part: What of it is sent.

        ledger: Hears how many bytes the server took.

        tells: Whether it is known that the server tells how far it came.
    """

    def __init__(
        self, content: Content, part: ByteRange, ledger: Ledger | None, *, tells: bool = True
    ) -> None:
        assert part.stop is not None
        self._content, self._ledger, self._tells = content, ledger, tells
        self._start, self._stop = part.start, part.stop
        self._position = part.start
        self._lent = self._failed = False
        self._close: Callable[[], object] = content.close

    def fileno(self) -> int:
        """Return the descriptor, whose own offset is where the range begins."""
        descriptor = self._content.fileno()
        if descriptor is None:
            raise OSError(errno.EBADF, "The file is closed.")
        self._lent = True
        return descriptor

    def read(self, size: int = -1) -> bytes:
        """
        Read on, up to the end of the range; at most :data:`BLOCK` bytes.

        Raises:
            ContentError: If the file has become shorter, or cannot be read.
        """
        stop = min(self._position + (BLOCK if size < 0 else min(size, BLOCK)), self._stop)
        try:
            block = b"".join(self._content.read(self._position, stop)) if self._position < stop else b""
        except Exception:
            self._failed = True
            raise
        self._position += len(block)
        return block

    def seekable(self) -> bool:
        """Say that it can seek."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position, the last of which is the end of the range."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._stop}[whence]
        self._position = origin + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    @property
    def close(self) -> Callable[[], object]:
        """
        What the server calls at the end.

        Django assigns the response's own to it once nobody else has a say in what is sent: then the file is made ready.
        """
        return self._end

    @close.setter
    def close(self, close: Callable[[], object]) -> None:
        self._close = close
        descriptor = self._content.fileno()
        if descriptor is None:
            return  # somebody has read it through already; read() says so
        if not self._content.keeps_database:
            give_back_connections(self._stop - self._start)
        os.lseek(descriptor, self._start, os.SEEK_SET)

    def _end(self) -> None:
        """
        Close the response.

        Raises:
            ContentTruncated: If the file has become shorter than what was announced, and :meth:`read` has not said so:
                the server then closes the connection, on which the client waits for more.
        """
        sent = self._position - self._start
        descriptor = self._content.fileno()
        missing = 0
        if descriptor is not None and self._position < self._stop:
            missing = max(0, self._stop - os.fstat(descriptor).st_size)
        if self._ledger is not None:
            self._ledger.bytes_sent = sent
            if missing or self._failed:
                self._ledger.report("failed")
            elif self._lent and not (sent or self._tells):
                # uWSGI and mod_wsgi send from the descriptor, and call nothing afterwards.
                self._ledger.report("handed over", "file_wrapper")
        self._close()
        # Who has read has been told, and would log it twice.
        if missing and not self._failed:
            raise ContentTruncated(f"The file ended {missing} bytes before the announced length.")


def file_to_stream(
    plan: Plan, content: Content, wrapper: object, ledger: Ledger | None
) -> FileToStream | None:
    """
    Return the file that carries out *plan*, for Django to give to ``wsgi.file_wrapper``; ``None`` if a body has to.

    Args:
        plan: An answer with a body.

        content: Acquired.

        wrapper: The server's ``wsgi.file_wrapper``. ``None`` if the request is not known: then it is as with Django's
            own ``FileResponse``, whose file any server gets.

        ledger: Hears how many bytes the server took.
    """
    if wrapper is not None and getattr(wrapper, "__module__", None) not in HONOURED:
        return None
    part = plan.body[0]
    if (
        len(plan.body) != 1
        or not isinstance(part, ByteRange)
        or part.stop is None
        or content.fileno() is None
    ):
        return None
    return FileToStream(content, part, ledger, tells=wrapper is not None)


def path_to_send(plan: Plan, content: Content) -> str | None:
    """
    Return the path of the file that carries out *plan*, for a server that opens it by itself; ``None`` without one.

    Args:
        plan: An answer with a body.

        content: Acquired.
    """
    descriptor = content.fileno()
    if not plan.whole or descriptor is None:
        return None
    for location in content.locations():
        if isinstance(location, LocalFile) and is_at(location.path, descriptor):
            return location.path
    return None


def is_at(path: str, descriptor: int) -> bool:
    """Tell whether a path leads to the file that is open, and has not been replaced since."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except OSError:
        return False
