"""Where the server in front listens, and where Django's does."""

from __future__ import annotations

import re

from attrs import frozen

from downloadable.django_ui.proxies.text import CannotWrite

__all__ = ["Listen", "Upstream"]

HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
SOCKET = re.compile(r"/[A-Za-z0-9._/@+~-]+")


@frozen
class Listen:
    """
    Where the server listens.

    Args:
        host: Name or address; ``None`` for all addresses.
    """

    host: str | None
    port: int

    @classmethod
    def parse(cls, text: str) -> Listen:
        host, _, port = text.rpartition(":")
        return cls(host_of(host, text) if host else None, port_of(port, text))

    def __str__(self) -> str:
        return str(self.port) if self.host is None else f"{self.host}:{self.port}"


@frozen
class Upstream:
    """
    Where Django's server listens: at *host* and *port*, or at a *socket* of the file system.

    Args:
        socket: Absolute path.
    """

    host: str = ""
    port: int = 0
    socket: str = ""

    @classmethod
    def parse(cls, text: str) -> Upstream:
        if text.startswith("unix:"):
            socket = text.removeprefix("unix:")
            if not SOCKET.fullmatch(socket):
                raise CannotWrite(
                    f"{text!r} must be unix: and the absolute path of a socket, in plain letters."
                )
            return cls(socket=socket)
        host, _, port = text.rpartition(":")
        return cls(host_of(host, text), port_of(port, text))


def host_of(host: str, text: str) -> str:
    if not HOST.fullmatch(host):
        raise CannotWrite(f"{text!r} must be HOST:PORT, such as 127.0.0.1:8000 or [::1]:8000.")
    return host


def port_of(port: str, text: str) -> int:
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise CannotWrite(f"{text!r} must end with a port, from 1 to 65535.")
    return int(port)
