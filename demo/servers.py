"""
Django's server of the demo: each a process of its own, on a port that ``run.py`` has for it.

``python -m demo.servers wsgi 3`` serves on the socket with that descriptor: so do Django's own server, which has no
other way in, and uvicorn, which is to say less when it is stopped.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
import subprocess
import sys
from asyncio import CancelledError
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from demo.fronts import CannotStart
from demo.running import HOST, tied

__all__ = ["SERVERS", "Quiet", "ServerKind", "is_no_cancellation", "listening_for", "started"]

ROOT = Path(__file__).parents[1]
THREADS = 8
"""So many visitors at a time; the inspector needs two for each, since it asks this very server."""

OWN_OPTIONS = ("GUNICORN_", "UVICORN_", "GRANIAN_", "WEB_CONCURRENCY")
"""Variables by which somebody may have configured another site on this machine."""


@frozen
class ServerKind:
    """
    A server for Django.

    Args:
        name: As ``SERVER`` has it.

        arguments: The module to run, and its command line; ``{fd}`` is replaced by the descriptor of the socket that
            listens, ``{port}`` by the port, for a server that must listen by itself.

        needs: The module that must be installed.
    """

    name: str
    arguments: tuple[str, ...]
    needs: str = "django"

    @property
    def listens(self) -> bool:
        """Whether it takes no socket, but listens by itself."""
        return any("{port}" in argument for argument in self.arguments)

    def check(self) -> None:
        """
        Make sure that it is installed.

        Raises:
            CannotStart: If it is not.
        """
        if importlib.util.find_spec(self.needs) is None:
            raise CannotStart(f"{self.name} is missing. This installs it: pip install {self.needs}")


KINDS = (
    ServerKind("wsgi", ("demo.servers", "wsgi", "{fd}")),
    ServerKind(
        "gunicorn",
        (
            "gunicorn",
            # Whatever lies in the working directory.
            "--config=python:demo",
            "--bind=fd://{fd}",
            "--worker-class=gthread",
            f"--threads={THREADS}",
            "--graceful-timeout=1",
            "--log-level=warning",
            "--no-control-socket",
            "demo.wsgi:application",
        ),
        "gunicorn",
    ),
    ServerKind("uvicorn", ("demo.servers", "uvicorn", "{fd}"), "uvicorn"),
    ServerKind(
        "granian",
        (
            "granian",
            "--interface=asgi",
            "--no-ws",
            f"--host={HOST}",
            "--port={port}",
            "--workers-kill-timeout=2",
            "--log-level=warning",
            "demo.asgi:application",
        ),
        "granian",
    ),
)
SERVERS: Mapping[str, ServerKind] = {kind.name: kind for kind in KINDS}


def listening_for(kind: ServerKind, port: int) -> socket.socket:
    """
    Return a socket that listens on *port*; or that keeps it, for a server which listens by itself.

    Args:
        kind: Whose it will be.

        port: 0 for a free one.

    Raises:
        OSError: If somebody has the port.

        OverflowError: If it is no port.
    """
    listening = socket.create_server((HOST, port))
    # Uvicorn takes a socket that it is handed for a Unix one: the end of its answers waits for an acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not kind.listens:
        return listening
    taken: int = listening.getsockname()[1]
    listening.close()
    keeping = socket.socket()
    # The kernel gives connections to sockets that listen only.
    keeping.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    keeping.bind((HOST, taken))
    return keeping


def started(
    kind: ServerKind, listening: socket.socket, variables: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """
    Start a server; it says on this terminal what it has to say.

    Args:
        kind: Which one.

        listening: Made for this kind by :func:`listening_for`.

        variables: Of its environment, beside those of this process.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OWN_OPTIONS)}
    port = listening.getsockname()[1]
    module, *arguments = [one.format(fd=listening.fileno(), port=port) for one in kind.arguments]
    return subprocess.Popen(
        tied([sys.executable, "-m", module, *arguments]),
        cwd=ROOT,
        env={**environment, **variables},
        pass_fds=[listening.fileno()],
        stdin=subprocess.DEVNULL,
        # Ctrl-C is for who has started it, and who ends it in turn.
        start_new_session=True,
    )


class Quiet(WSGIRequestHandler):
    """Says nothing of each request: the log has a line for each download."""

    def log_message(self, format: str, *args: Any) -> None:
        """Leave it out."""


def serve_wsgi(listening: socket.socket) -> None:
    """Serve with Django's server for development."""
    from demo.wsgi import application

    server = ThreadedWSGIServer((HOST, 0), Quiet, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.server_name, server.server_port = listening.getsockname()
    server.setup_environ()
    server.set_app(application)
    server.serve_forever()


def serve_uvicorn(listening: socket.socket) -> None:
    """Serve with uvicorn."""
    import uvicorn

    config = uvicorn.Config(
        "demo.asgi:application",
        timeout_graceful_shutdown=1,
        lifespan="off",
        log_level="warning",
        # Who is in front is for the settings to know, whichever server this is.
        proxy_headers=False,
    )
    logging.getLogger("uvicorn.error").addFilter(is_no_cancellation)
    uvicorn.Server(config).run([listening])


def is_no_cancellation(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn says of each download that Ctrl-C has ended."""
    return record.exc_info is None or not isinstance(record.exc_info[1], CancelledError)


if __name__ == "__main__":
    name, descriptor = sys.argv[1:]
    {"wsgi": serve_wsgi, "uvicorn": serve_uvicorn}[name](socket.socket(fileno=int(descriptor)))
