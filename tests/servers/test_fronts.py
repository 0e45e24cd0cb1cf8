"""The harness itself: what does not start, or is not there, is said."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from attrs import evolve

from demo.fronts import CannotStart
from tests.servers.fronts import FRONTS, NGINX, FrontKind, in_front
from tests.servers.test_proxy_options import environment

KINDS = pytest.mark.parametrize("kind", FRONTS, ids=lambda kind: kind.name)


@KINDS
def test_what_does_not_start_says_why(kind: FrontKind, tmp_path: Any) -> None:
    """A configuration with a mistake in it fails the test with the words of the server."""
    with (
        pytest.raises(CannotStart, match=f"(?s){kind.name} does not answer.*nonsense"),
        in_front(kind, 9, change=lambda text: f"{text}\nnonsense nonsense;\n", **environment(kind, tmp_path)),
    ):
        pass


@KINDS
def test_what_is_missing_is_no_skip(kind: FrontKind) -> None:
    """Whoever has not installed a server reads how to."""
    with pytest.raises(CannotStart, match=r"missing.*make system-packages"):
        evolve(kind, program="no-such-server").found()
    with pytest.raises(CannotStart, match=r"missing.*make system-packages"):
        evolve(kind, needs=("/no/such/module",)).found()


@KINDS
def test_takes_another_port_if_somebody_is_faster(kind: FrontKind, tmp_path: Any) -> None:
    """A port that was free and is not any more is not the end."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        attempts: list[str] = []

        def write(django: str, front: str) -> str:
            attempts.append(front)
            port = taken.getsockname()[1] if len(attempts) == 1 else front.rpartition(":")[2]
            return plain(kind, int(port))

        with in_front(kind, 9, write=write) as front:
            assert len(attempts) == 2
            assert str(front.port) in attempts[1]


def plain(kind: FrontKind, port: int) -> str:
    """The least that a server listens with."""
    return {
        "nginx": f"server {{ listen 127.0.0.1:{port}; }}\n",
        "apache": f"Listen 127.0.0.1:{port}\n",
        "lighttpd": f'server.port := {port}\nserver.bind := "127.0.0.1"\n',
        "caddy": f"http://:{port} {{\n\tbind 127.0.0.1\n\trespond OK\n}}\n",
    }[kind.name]


def test_two_at_a_time(tmp_path: Any) -> None:
    """Servers of one kind do not get into each other's way."""
    with (
        in_front(NGINX, 9, write=lambda _, front: plain(NGINX, int(front.rpartition(":")[2]))) as first,
        in_front(NGINX, 9, write=lambda _, front: plain(NGINX, int(front.rpartition(":")[2]))) as second,
    ):
        for front in (first, second):
            with front.answer("/nothing") as answer:
                assert answer.status == 404
    assert first.process.poll() is not None
    assert second.process.poll() is not None
