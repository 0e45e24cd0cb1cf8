"""
Measure what downloads through real servers cost: time, processor, memory, and requests to an origin.

Each library has a process of its own, so that what the memory of one keeps is not there for another; all that are asked
the same are asked in turns, each on a core that the client is not on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from attrs import define, frozen

from benchmarks.clients import Answering, Sent, ask, digest_of, here, measure, there
from benchmarks.contenders import FILES, GROUPS, SETTINGS, SITES, STORE, Asked, Group
from benchmarks.figures import OURS, PEERS, Figures
from benchmarks.nginx import Origin, nginx, origin
from tests.servers.fronts import public_directory
from tests.servers.processes import MIB, running

__all__ = ["measure_served", "sites"]

CHANGED = datetime(2025, 7, 1, 10, tzinfo=UTC).timestamp()
BLOCK = 64 * 1024


def write_files(directory: Path, mib: int) -> None:
    """Write all files, the largest of so many MiB: random blocks that tell their order, or zeros."""
    noise = os.urandom(MIB)
    for name, share in FILES.items():
        # All are made of whole blocks.
        size = max(int(share * MIB * mib / 1024) // BLOCK, 1) * BLOCK
        if name == "large.bin":
            size = mib * MIB
        path = directory / name
        with path.open("wb") as file:
            for number in range(0 if name == "zeros.bin" else -(-size // MIB)):
                file.write(number.to_bytes(8) + noise[8:])
            file.truncate(size)
        os.utime(path, (CHANGED, CHANGED))


def small(url: str) -> str:
    """Return where the same library has the smallest file."""
    return f"{url.rpartition('/')[0]}/few.bin"


@frozen
class Site:
    """Where everything is that a server needs."""

    files: Path
    origin: Origin
    nginx: Answering

    @contextmanager
    def started(self, group: Group, who: str) -> Iterator[Answering]:
        """Run the server of one library, until the end of the block."""
        if who in ("nginx", STORE):
            yield self.nginx if who == "nginx" else self.origin.server
            return
        environment = {"BENCH_FILES": str(self.files), "BENCH_ORIGIN": self.origin.url}
        log = self.files.parent / f"{group.kind.name}-{who}.log"
        with ExitStack() as stack:
            with there():
                server = stack.enter_context(
                    running(
                        group.kind,
                        SITES.get(who, "benchmarks.site"),
                        log,
                        **environment,
                        **SETTINGS.get(who, {}),
                    )
                )
            answering = Answering(server.port, server.worker())
            # What is imported when it is first used is no part of what a download costs.
            ask(server.port, small(group.whom()[who]), {}, status=200)
            yield answering


@contextmanager
def sites(mib: int) -> Iterator[Site]:
    """Write the files, and run both servers of nginx, until the end of the block."""
    with public_directory() as directory, ExitStack() as stack:
        files = directory / "files"
        files.mkdir()
        write_files(files, mib)
        at_origin = stack.enter_context(origin(files, directory / "origin.log"))
        yield Site(files, at_origin, stack.enter_context(nginx(files, at_origin)))


def measure_served(figures: Figures, site: Site, rounds: int, say: Callable[[str], object]) -> None:
    for group in GROUPS:
        say(f"{group.server}: {', '.join(asked.name for asked in group.asked)}")
        with ExitStack() as stack, here():
            servers = {
                who: stack.enter_context(site.started(group, who))
                for who in group.whom()
                if find_spec(PEERS.get(who) or "django")
            }
            # All are asked one thing, before all are asked another.
            turns = [
                Turn(figures, site, servers[who], group, asked, who=who, url=url)
                for asked in group.asked
                for who, url in asked.urls.items()
                if who in servers
            ]
            turns = [turn for turn in turns if turn.checked()]
            for number in range(rounds):
                begun = turns[number % len(turns) :] + turns[: number % len(turns)]
                for time in range(max(asked.times for asked in group.asked)):
                    for turn in begun:
                        if time < turn.asked.times:
                            turn.take()


@define
class Turn:
    """One request to one server, which is made again and again."""

    figures: Figures
    site: Site
    server: Answering
    group: Group
    asked: Asked
    who: str
    url: str

    @property
    def case(self) -> str:
        return f"{self.asked.name}, {self.group.server}"

    @property
    def file(self) -> Path:
        return self.site.files / self.url.rpartition("/")[2]

    @property
    def headers(self) -> dict[str, str]:
        return self.asked.headers(self.file.stat().st_size)

    def checked(self) -> bool:
        """
        Ask for the first time, look at every byte, and count requests to the origin; tell whether to go on.

        Memory is looked at, too: what a process has grown by once, it does not grow by again.
        """
        if self.who != OURS and not self._knows():
            return False
        self.site.origin.requests()
        sent, figures = self._measured(digest=True)
        start, stop = self.asked.part(self.file.stat().st_size)
        expected = self.asked.status, stop - start, digest_of(self.file, start, stop)
        if (sent.status, sent.length, sent.digest) == expected and self.asked.says in ("", *sent.fields):
            self._add({"growth MiB": figures["growth MiB"], "requests": self.site.origin.requests()})
            return True
        if self.who == OURS:
            raise SystemExit(f"{self.case}: expected {expected} {self.asked.says}; got {sent}.")
        self.figures.otherwise[self.case, self.who] = f"{sent.status}, not as asked"
        return False

    def _knows(self) -> bool:
        """Tell whether others know ranges or conditions, asking for so little that nobody is kept busy."""
        part = {"Range": "bytes=0-99"} if self.asked.status == 206 else {}
        sent = ask(self.server.port, small(self.url), {**self.asked.fields, **part}, self.asked.status)
        if sent.status == self.asked.status:
            return True
        self.figures.otherwise[self.case, self.who] = (
            f"{sent.status}, {sent.fields.get('content-length')} bytes"
        )
        return False

    def take(self) -> None:
        start, stop = self.asked.part(self.file.stat().st_size)
        sent, figures = self._measured()
        if sent.status != self.asked.status or sent.length < stop - start:
            raise SystemExit(f"{self.case}, {self.who}: {sent} is not what came at first.")
        self._add(figures)

    def _measured(self, *, digest: bool = False) -> tuple[Sent, dict[str, float]]:
        return measure(
            self.server,
            self.url,
            self.headers,
            self.asked.status,
            memory=digest or self.asked.times == 1,
            digest=digest,
        )

    def _add(self, figures: Mapping[str, float]) -> None:
        self.figures.add(self.case, self.who, figures)
