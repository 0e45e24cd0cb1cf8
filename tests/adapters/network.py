"""A network in which names lead where a test says, and from which nothing leaves this machine."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partialmethod
from ipaddress import ip_address
from typing import Any

import pytest

__all__ = ["Network", "network_of"]

# The function itself: what a test puts in its place has to get at it.
real_getaddrinfo = socket.getaddrinfo
real_connect = socket.socket.connect

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::ffff:127.0.0.1"}


class Network:
    """
    Names, and where addresses lead.

    Attributes:
        names: The addresses of each name; several lists are the answers to one look-up after the other, the last of
            which stays.

        routes: Which server on loopback stands for a public address; the port 0 for none that could be reached.

        looked_up: Names, in the order they were looked up.

        connected: Addresses and ports, in the order they were really connected to.
    """

    def __init__(self) -> None:
        self.names: dict[str, list[list[str]]] = {}
        self.routes: dict[str, int] = {}
        self.looked_up: list[str] = []
        self.connected: list[tuple[str, int]] = []

    def getaddrinfo(
        self, host: str, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        """Answer in place of the resolver of the system; addresses, in whatever spelling, are read by that."""
        try:
            return real_getaddrinfo(host, port, family, type, proto, socket.AI_NUMERICHOST)
        except socket.gaierror:
            self.looked_up.append(host)
        answers = self.names.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            found
            for address in answer
            for found in real_getaddrinfo(address, port, 0, type, proto, socket.AI_NUMERICHOST)
        ]

    def connect(self, connection: socket.socket, address: Any) -> None:
        """Connect to the server that stands for an address."""
        port = self.routes.get(address[0])
        if port == 0:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        if port is not None:
            address = (LOOPBACK[connection.family], port)
        real_connect(connection, address)


class Watched:
    """The network of the test that runs, if it has one."""

    network: Network | None = None


def watch(event: str, given: tuple[Any, ...]) -> None:
    """Take note of each connection, and let none out; a hook cannot be removed again, so it looks first."""
    if event != "socket.connect" or Watched.network is None or not isinstance(given[1], tuple):
        return
    host, port = given[1][:2]
    Watched.network.connected.append((host, port))
    address = ip_address(host)
    assert (getattr(address, "ipv4_mapped", None) or address).is_loopback, f"{host} is not on this machine"


sys.addaudithook(watch)


def routed(connection: socket.socket, network: Network, address: Any) -> None:
    """Connect as a network has it."""
    network.connect(connection, address)


@contextmanager
def network_of() -> Iterator[Network]:
    """Resolve names as a test says, for as long as it runs."""
    network = Network()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", network.getaddrinfo)
        patched.setattr(socket.socket, "connect", partialmethod(routed, network))
        Watched.network = network
        try:
            yield network
        finally:
            Watched.network = None
