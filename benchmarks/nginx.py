"""nginx twice: as one of those that are compared, and as the server that others fetch from, which counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from attrs import define, field

from benchmarks.clients import Answering, there
from tests.servers.fronts import NGINX, Front, in_front
from tests.servers.processes import Worker, until

__all__ = ["Origin", "nginx", "origin"]

MARK = "/counted"


def configuration(files: Path, log: str, further: str = "") -> Callable[[str, str], str]:
    """Return what writes a configuration, given addresses of two servers: whom it asks, and what it listens to."""

    def write(_: str, listen: str) -> str:
        return f"""\
log_format counted "$request_method $uri $http_range";
server {{
    listen {listen};
    access_log {log};
    gzip off;
    sendfile on;
    tcp_nopush on;
    location /files/ {{ alias {files}/; }}
    {further}
}}
"""

    return write


PROXY = """location /proxied/ {{
        proxy_pass {origin}/files/;
        proxy_http_version 1.1;
        proxy_buffer_size 256k;
        proxy_buffers 8 256k;
        proxy_busy_buffers_size 512k;
        proxy_max_temp_file_size 0;
    }}"""


def answering(front: Front) -> Answering:
    """Return the one process of nginx that answers, which its master has started."""
    master = front.process.pid
    (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return Answering(front.port, Worker(int(worker)))


@define
class Origin:
    """
    A server that has the files, and tells what it was asked for.

    Attributes:
        read: How much of its log was read already.
    """

    front: Front
    server: Answering
    log: Path
    read: int = field(default=0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.front.port}"

    def requests(self) -> int:
        """Return how many requests it has got since this was last called."""
        # What has ended before this is asked for stands before it in the log.
        with self.front.answer(MARK) as answer:
            answer.read()
        said = until(lambda: self.log.read_text()[self.read :], lambda said: MARK in said)
        self.read += len(said)
        return len(said.splitlines()) - 1


@contextmanager
def origin(files: Path, log: Path) -> Iterator[Origin]:
    """Run a server that has the *files*, until the end of the block."""
    log.touch()
    log.chmod(0o666)  # for whoever nginx runs as
    write = configuration(files, f"{log} counted")
    with ExitStack() as stack:
        with there(origin=True):
            front = stack.enter_context(in_front(NGINX, 0, write=write))
        yield Origin(front, answering(front), log)


@contextmanager
def nginx(files: Path, origin: Origin) -> Iterator[Answering]:
    """Run what is measured: it has the *files*, too, and passes on what the *origin* has."""
    write = configuration(files, "off", PROXY.format(origin=origin.url))
    with ExitStack() as stack:
        with there():
            front = stack.enter_context(in_front(NGINX, 0, write=write))
        yield answering(front)
