"""The origin's process from outside: start it, tell it what to do, and ask what it has seen."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from tests.servers.faulty.plans import Plan
from tests.servers.processes import ROOT, stop

__all__ = ["BUCKET", "FaultyOrigin", "faulty_origin"]

BUCKET = "files"
ANSWERING_SECONDS = 30


class FaultyOrigin:
    """
    An origin on a port of loopback.

    Attributes:
        url: Scheme, host and port, where an S3 client would find it.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._control = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERING_SECONDS)
        self._lock = Lock()

    @contextmanager
    def serving(self, key: str, plan: Plan) -> Iterator[list[Mapping[str, str]]]:
        """
        Serve what is in the bucket under *key* as planned.

        Returns:
            The requests that came, as method and fields by their names in lower case: filled in at the end.
        """
        seen: list[Mapping[str, str]] = []
        self._tell("PUT", key, plan.to_json().encode())
        try:
            yield seen
        finally:
            seen += json.loads(self._tell("DELETE", key))

    def close(self) -> None:
        self._control.close()

    def _tell(self, method: str, key: str, body: bytes | None = None) -> Any:
        with self._lock:
            self._control.request(method, f"/{BUCKET}/{key}", body)
            with self._control.getresponse() as response:
                assert response.status == 200, response.status
                return response.read()


@contextmanager
def faulty_origin(log: Path) -> Iterator[FaultyOrigin]:
    """Run an origin until the end of the block; what goes wrong in it itself is an error there."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening, log.open("wb") as output:
        port: int = listening.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.faulty.origin", str(listening.fileno())],
            cwd=ROOT,
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    origin = FaultyOrigin(port)
    try:
        yield origin
    finally:
        origin.close()
        stop(process)
    said = log.read_text(errors="replace")
    assert not said, said
