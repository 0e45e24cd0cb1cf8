"""
Make the samples and serve the demo, until Ctrl-C.

``PORT``: where to listen, by default 8000. ``SERVER``: ``wsgi``, which is Django's server for development and the
default, or ``uvicorn`` for the same site under ASGI.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from asyncio import CancelledError
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

import django
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

HOST = "127.0.0.1"


def wsgi(port: int) -> Callable[[], None]:
    """Listen on *port*; what is returned serves until it is interrupted."""
    server = ThreadedWSGIServer((HOST, port), WSGIRequestHandler)

    def serve() -> None:
        with server:
            announce(server.server_port)
            serve_wsgi(server)

    return serve


def asgi(port: int) -> Callable[[], None]:
    """Do the same with uvicorn."""
    import uvicorn

    listening = socket.create_server((HOST, port))

    def serve() -> None:
        config = uvicorn.Config("demo.asgi:application", timeout_graceful_shutdown=1, lifespan="off")
        logging.getLogger("uvicorn.error").addFilter(is_no_cancellation)
        with listening:
            announce(listening.getsockname()[1])
            uvicorn.Server(config).run([listening])

    return serve


def announce(port: int) -> None:
    print(f"The demo is on http://{HOST}:{port}/ until Ctrl-C.", flush=True)


def serve_wsgi(server: ThreadedWSGIServer) -> None:
    from demo.wsgi import application

    server.set_app(application)
    server.serve_forever()


def is_no_cancellation(record: logging.LogRecord) -> bool:
    """Leave out what uvicorn says of each download that Ctrl-C has ended."""
    return record.exc_info is None or not isinstance(record.exc_info[1], CancelledError)


SERVERS = {"wsgi": wsgi, "uvicorn": asgi}


def serve_demo(serve: Callable[[], None]) -> None:
    """Make the samples, and serve them: on a second port as well, for the downloads that come from a URL."""
    with ThreadedWSGIServer((HOST, 0), WSGIRequestHandler) as origin:
        os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"
        os.environ["DEMO_ORIGIN"] = f"http://{HOST}:{origin.server_port}"
        django.setup()

        from demo.samples import make_samples

        make_samples()
        Thread(target=serve_wsgi, args=[origin], daemon=True).start()
        try:
            serve()
        finally:
            origin.shutdown()


def main() -> None:
    # A script finds what lies beside it; this one is part of a package.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    server, port = os.environ.get("SERVER", "wsgi"), os.environ.get("PORT", "8000")
    if server not in SERVERS:
        sys.exit(f"There is no SERVER={server}, but {' and '.join(SERVERS)}.")
    try:
        serve = SERVERS[server](int(port))
    except (OSError, OverflowError, ValueError) as error:
        sys.exit(f"Cannot listen on port {port} ({error}). Take another: make demo PORT=8001")
    with suppress(KeyboardInterrupt):
        serve_demo(serve)
    print("\nStopped.")


if __name__ == "__main__":
    main()
