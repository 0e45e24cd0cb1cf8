"""
Thousands of downloads of every kind from real servers, and what they leave behind.

Every source, whole, in part and given up in the middle, in both colours; errors of every kind, also those of an origin
that breaks off.
"""

from __future__ import annotations

import os
import random
import socket
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen

from tests.adapters.origin import Handler, Origin, Page, serving
from tests.object_store import KEYS, ObjectStore, object_store
from tests.servers.processes import MIB, ROOT, Kind, Server, cleaned, running, until

__all__ = ["GROWTH_MIB", "Left", "Soaked", "soak", "surroundings"]

SMALL, MEDIUM, LARGE = 4096, 400_000, 64 * MIB
"""Bytes of the three files: read at once; in two or three pieces; more than any buffer holds."""

GROWTH_MIB = 24
"""What a process may grow by at its worst moment, once it is warm."""

POOLED = 10
"""Most connections that are kept open to one server for the next request: about as many as there were at once."""

SIZED = ("local", "memory", "row", "storage", "opened", "fsspec", "zip", "http", "by-hand")
STORED = ("s3", "s3fs", "obstore")
"""Sources that serve ranges; those in S3 have a smaller share, since its stand-in is slow."""


@frozen
class Surroundings:
    """
    What a site needs around it: its files, an origin and a store.

    Args:
        medium: Bytes of the file that every source has.
    """

    folder: Path
    medium: bytes
    origin: Origin
    store: ObjectStore

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SITE_FILES": str(self.folder),
            "SITE_ORIGIN": self.origin.url,
            "STORE_URL": self.store.url,
            "STORE_KEY": KEYS["access_key"],
            "STORE_SECRET": KEYS["secret_key"],
        }


@contextmanager
def surroundings(folder: Path) -> Iterator[Surroundings]:
    """Make the files below *folder*, and run an origin and a store that have them, too."""
    medium = random.Random(1).randbytes(MEDIUM)
    (folder / "small.bin").write_bytes(medium[:SMALL])
    (folder / "medium.bin").write_bytes(medium)
    with (folder / "large.bin").open("wb") as file:
        file.truncate(LARGE)
    pages = {
        "/small.bin": Page(body=medium[:SMALL], etag='"v1"'),
        "/medium.bin": Page(body=medium, etag='"v1"'),
    }
    pages |= {f"/{name}": Page(script=script) for name, script in faults(medium).items()}
    with ExitStack() as stack:
        origin = stack.enter_context(serving(pages))
        store = stack.enter_context(object_store())
        store.put("small.bin", medium[:SMALL])
        store.put("medium.bin", medium)
        around = Surroundings(folder, medium, origin, store)
        subprocess.run(
            [sys.executable, "-m", "tests.servers.everything.prepare"],
            cwd=ROOT,
            env=cleaned(os.environ) | around.environment,
            check=True,
        )
        yield around


def faults(data: bytes) -> dict[str, Callable[[Handler], None]]:
    """Return what an origin does wrong, by the name of its page."""
    page = Page(body=data, etag='"v1"')

    def begin(handler: Handler, *fields: str) -> None:
        head = "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(data)}", *fields, "", ""])
        handler.raw(head.encode() + data[: len(data) // 2])

    def truncated(handler: Handler) -> None:
        begin(handler)

    def reset(handler: Handler) -> None:
        begin(handler)
        # What is still on its way is thrown away, and the other side gets an error.
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def resumable(handler: Handler) -> None:
        if "Range" in handler.headers:
            handler.answer(page)
        else:
            begin(handler, 'ETag: "v1"', "Accept-Ranges: bytes")

    def stalling(handler: Handler) -> None:
        begin(handler)
        # Until the other side has lost its patience; or this one, which shuts its connections down.
        handler.connection.recv(1)

    def unavailable(handler: Handler) -> None:
        handler.say(503, b"Later.")

    def nonsense(handler: Handler) -> None:
        handler.raw(b"This is not HTTP.\r\n\r\n")

    return {
        script.__name__: script for script in (truncated, reset, resumable, stalling, unavailable, nonsense)
    }


@frozen
class Asking:
    """One request to be made: of which server, in which colour, and what is drawn for it."""

    server: Server
    around: Surroundings
    colour: str
    draw: random.Random

    def url(self, kind: str, name: str) -> str:
        return f"/{self.colour}/{kind}/{name}"


def small(asking: Asking) -> None:
    url = asking.url(asking.draw.choice(SIZED), "small.bin")
    assert asking.server.fetch(url) == asking.around.medium[:SMALL], url


def whole(asking: Asking) -> None:
    url = asking.url(asking.draw.choice((*SIZED, "made", "amade")), "medium.bin")
    assert asking.server.fetch(url) == asking.around.medium, url


def part(asking: Asking) -> None:
    part_of(asking, asking.draw.choice([kind for kind in SIZED if kind != "by-hand"]))


def of_a_store(asking: Asking) -> None:
    part_of(asking, asking.draw.choice(STORED))


def part_of(asking: Asking, kind: str) -> None:
    start = asking.draw.randrange(MEDIUM)
    stop = min(MEDIUM, start + asking.draw.randint(1, MEDIUM))
    url = asking.url(kind, "medium.bin")
    with asking.server.answer(url, Range=f"bytes={start}-{stop - 1}") as response:
        assert response.status == 206, (url, response.status)
        assert response.read() == asking.around.medium[start:stop], url


def large(asking: Asking) -> None:
    with asking.server.answer(asking.url("local", "large.bin")) as response:
        left = LARGE
        while chunk := response.read(MIB):
            left -= len(chunk)
        assert left == 0


def leave(asking: Asking) -> None:
    kind = asking.draw.choice((*SIZED, *STORED, "made", "amade", "odd", "odd"))
    name = asking.draw.choice(["endless", "aendless"]) if kind == "odd" else "medium.bin"
    asking.server.cut_off(asking.url(kind, name), after=asking.draw.randint(1, MEDIUM - 1))


def leave_at_once(asking: Asking) -> None:
    connection = asking.server.connect()
    connection.request("GET", asking.url("local", "large.bin"))
    connection.close()


def unchanged(asking: Asking) -> None:
    kind = asking.draw.choice(["local", "row", "storage", "opened", "zip", "http", *STORED])
    url = asking.url(kind, "medium.bin")
    with asking.server.answer(url, **{"If-None-Match": "*"}) as response:
        assert response.status == 304, (url, response.status)


def elsewhere(asking: Asking) -> None:
    with asking.server.answer(asking.url("delegated", "medium.bin")) as response:
        assert response.headers["X-Accel-Redirect"] == "/protected/medium.bin"


def nothing_there(asking: Asking) -> None:
    kind = asking.draw.choice((*SIZED, *STORED, "delegated"))
    url = asking.url(kind, asking.draw.choice(["no.bin", "small.bin/x", "x/%2e%2e/%2e%2e/y"]))
    with asking.server.answer(url) as response:
        assert response.status == 404, (url, response.status)


def too_short(asking: Asking) -> None:
    url = asking.url("odd", asking.draw.choice(["lying", "alying", "failing", "afailing"]))
    with asking.server.answer(url) as response:
        assert not arrives(response), f"{url} came as if it were complete."


def broken_origin(asking: Asking) -> None:
    name = asking.draw.choice(["truncated", "reset", "stalling", "unavailable", "nonsense"])
    url = asking.url("http", name)
    with asking.server.answer(url) as response:
        if response.status == 200:
            assert not arrives(response), f"{url} came as if it were complete."
        else:
            assert response.status in {502, 503, 504}, (url, response.status)


def resumed_origin(asking: Asking) -> None:
    url = asking.url("http", "resumable")
    assert asking.server.fetch(url) == asking.around.medium, url


def arrives(response: HTTPResponse) -> bool:
    try:
        response.read()
    except (HTTPException, OSError):
        return False
    return True


KINDS: Mapping[Callable[[Asking], None], int] = {
    small: 15,
    whole: 20,
    part: 20,
    of_a_store: 2,
    large: 1,
    leave: 15,
    leave_at_once: 5,
    unchanged: 5,
    elsewhere: 5,
    nothing_there: 5,
    too_short: 5,
    broken_origin: 3,
    resumed_origin: 2,
}
"""Kinds of requests, and how often each is drawn."""


@frozen
class Left:
    """
    What there is between requests.

    Args:
        generators: Those that have begun and not ended.

        descriptors: Of the worker, without its connections to the origin and to the store.

        threads: Of the worker, without those that an event loop keeps.

        origin, store: Connections to the two, at their end.
    """

    generators: int
    descriptors: int
    threads: int
    mebibytes: float
    origin: int
    store: int

    def within(self, other: Left) -> bool:
        """Tell whether nothing is more than it was; what a pool keeps comes and goes."""
        return (
            self.generators == 0
            and self.descriptors <= other.descriptors
            and self.threads <= other.threads
            and self.origin <= POOLED
            and self.store <= POOLED
        )


@frozen
class Soaked:
    """
    What became of a server.

    Args:
        mistakes: What went wrong, and how often.

        peak: Mebibytes at the worst moment, once it was warm.

        same: Whether it is still the same process.
    """

    mistakes: Mapping[str, int]
    warm: Left
    after: Left
    peak: float
    same: bool

    @property
    def well(self) -> bool:
        grown = self.peak - self.warm.mebibytes
        return self.same and not self.mistakes and self.after.within(self.warm) and grown < GROWTH_MIB


def soak(kind: Kind, around: Surroundings, requests: int, draw: random.Random) -> Soaked:
    """Run a server, warm it up, make so many *requests*, and count what is left behind."""
    log = around.folder / f"{kind.name}.log"
    with running(kind, "tests.servers.everything", log, **around.environment) as server:
        # An archive is opened once in each thread.
        server.occupy("/sync/zip/large.bin")
        for kind_of_source in (*SIZED, *STORED):
            for colour in ("sync", "async"):
                server.fetch(f"/{colour}/{kind_of_source}/medium.bin")
        mistakes = soaked(server, around, max(requests // 5, 50), draw)
        warm = left_behind(server, around)
        worker = server.worker()
        worker.forget_peak()
        mistakes += soaked(server, around, requests, draw)
        after = until(lambda: left_behind(server, around), lambda now: now.within(warm))
        return Soaked(mistakes, warm, after, worker.peak() / MIB, server.worker() == worker)


def soaked(server: Server, around: Surroundings, requests: int, draw: random.Random) -> Counter[str]:
    """Make the requests, as many at once as the server answers; count what went wrong."""
    askings = [
        Asking(server, around, draw.choice(["sync", "async"]), random.Random(draw.random()))
        for _ in range(requests)
    ]
    with ThreadPoolExecutor(server.kind.at_once) as clients:
        return Counter(mistake for mistake in clients.map(ask, askings) if mistake)


def ask(asking: Asking) -> str:
    """Make one request of any kind; return the name of what went wrong, if anything did."""
    (kind,) = asking.draw.choices(list(KINDS), list(KINDS.values()))
    try:
        kind(asking)
    except AssertionError as error:
        return f"{kind.__name__}: {error}"
    except (HTTPException, OSError) as error:
        return f"{kind.__name__}: {type(error).__name__}"
    return ""


def left_behind(server: Server, around: Surroundings) -> Left:
    server.fetch("/collect")
    state = server.state()
    worker = server.worker()
    servers = around.origin.url, around.store.url
    pooled = sum(inode in worker.sockets() for url in servers for inode in connections(url, its_end=False))
    return Left(
        state["open"],
        worker.descriptors() - pooled,
        worker.threads() - state["threads_kept"],
        worker.resident() / MIB,
        *(len(connections(url, its_end=True)) for url in servers),
    )


def connections(url: str, *, its_end: bool) -> list[str]:
    """Return the inodes of connections to a server on loopback that are open at its, or at the other end."""
    not_closed = ("01", "08")  # by that end: established, and closed by the other end only
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    end = f"0100007F:{urlsplit(url).port:04X}"
    return [row[9] for row in rows if row[1 if its_end else 2] == end and row[3] in not_closed]
