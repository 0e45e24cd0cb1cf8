"""What is downloaded from: the servers, straight and one before the other, and where their validators are blind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.object_store import KEYS, ObjectStore, object_store
from tests.servers.client_model.client import Relied
from tests.servers.client_model.downloads import Blind
from tests.servers.client_model.lives import Target
from tests.servers.client_model.versions import Disk, Editable, Stored, Version
from tests.servers.fronts import APACHE, CADDY, LIGHTTPD, NGINX, in_front, public_directory
from tests.servers.processes import ASGI, GTHREAD, running

__all__ = ["NAMES", "Targets", "by_content", "by_file", "by_second", "serving"]

SITE = "tests.servers.resumed"
NUMBERS = count()
MICROSECOND = 1_000


def by_date(relied: Relied, old: Version, new: Version) -> bool:
    """What dates cannot tell: they name a second, and "not newer" is also what is older."""
    if relied == "not newer":
        return new.second <= old.second
    return relied == "date" and new.size == old.size and new.second == old.second


def by_content(relied: Relied, old: Version, new: Version) -> bool:
    """The tag is the store's, a hash; a weak one has size and date, and which second that is the store decides."""
    near = new.second - old.second <= 1
    return near and (relied == "not newer" or (relied != "tag" and new.size == old.size))


def by_file(relied: Relied, old: Version, new: Version) -> bool:
    """The tag is that of a local file; a weak one has size and date."""
    same = new.size == old.size and new.modified // MICROSECOND == old.modified // MICROSECOND
    return (relied == "weak tag" and same) or by_date(relied, old, new)


def by_second(relied: Relied, old: Version, new: Version) -> bool:
    """Where nginx or Caddy make the tags, which they call strong, from the size and the second of the date."""
    return by_date("date" if relied == "tag" else relied, old, new)


@frozen
class Place:
    """
    Where a target is.

    Args:
        server: Which one the client asks.

        path: What comes before the name; ``{gunicorn}`` and the like are ports.

        stored: Whether the files are in the store.
    """

    server: str
    path: str
    blind: Blind = by_file
    stored: bool = False


PLACES = {
    "gunicorn, directory": Place("gunicorn", "local"),
    "uvicorn, directory": Place("uvicorn", "local"),
    "uvicorn, coroutine": Place("uvicorn", "awaited"),
    "uvicorn, field": Place("uvicorn", "field"),
    "gunicorn, storage that opens": Place("gunicorn", "opening"),
    "uvicorn, fsspec": Place("uvicorn", "fsspec"),
    "gunicorn, S3 storage": Place("gunicorn", "s3", by_content, stored=True),
    "uvicorn, S3 by fsspec": Place("uvicorn", "s3fs", by_content, stored=True),
    "uvicorn, origin gunicorn": Place("uvicorn", "origin/{gunicorn}/local"),
    "gunicorn, origin nginx": Place("gunicorn", "origin/{nginx}/by-nginx", by_second),
    "nginx sends": Place("nginx", "by-nginx", by_second),
    "Apache sends": Place("apache", "by-apache"),
    "lighttpd sends": Place("lighttpd", "by-lighttpd"),
    "Caddy sends": Place("caddy", "by-caddy", by_second),
    "nginx passes on": Place("nginx", "local"),
    "Apache passes on": Place("apache", "local"),
    "lighttpd passes on": Place("lighttpd", "local"),
    "Caddy passes on": Place("caddy", "local"),
}
NAMES = list(PLACES)


@frozen
class Targets:
    """
    All servers.

    Args:
        ports: Of each, by its name.

        directory: Of the files.
    """

    ports: dict[str, int]
    directory: Path
    store: ObjectStore

    def target(self, name: str) -> Target:
        place = PLACES[name]
        path = place.path.format(**self.ports)
        made: Callable[[int], Editable] = self._stored if place.stored else self._on_disk
        return Target(self.ports[place.server], lambda file: f"/{path}/{file}", made, place.blind)

    def _on_disk(self, size: int) -> Editable:
        return Disk.made(self.directory / f"{next(NUMBERS)}.bin", size)

    def _stored(self, size: int) -> Editable:
        return Stored.made(self.store, f"{next(NUMBERS)}.bin", size)


@contextmanager
def serving(logs: Path) -> Iterator[Targets]:
    """Run gunicorn and uvicorn, two servers in front of each, and a store, until the end of the block."""
    with ExitStack() as stack:
        top = stack.enter_context(public_directory())
        directory = top / "files"
        directory.mkdir(mode=0o755)
        store = stack.enter_context(object_store())
        environment = {
            "DJANGO_SETTINGS_MODULE": f"{SITE}.settings",
            "RESUMED_FILES": str(directory),
            "RESUMED_STORE": store.url,
            "RESUMED_KEY": KEYS["access_key"],
            "RESUMED_SECRET": KEYS["secret_key"],
        }
        servers = [
            stack.enter_context(running(kind, SITE, logs / kind.name, **environment))
            for kind in (GTHREAD, ASGI)
        ]
        ports = {"gunicorn": servers[0].port, "uvicorn": servers[1].port}
        printing: Any = environment
        for number, kind in enumerate((NGINX, APACHE, LIGHTTPD, CADDY)):
            front = stack.enter_context(in_front(kind, servers[number % 2].port, **printing))
            ports[kind.name] = front.port
        yield Targets(ports, directory, store)
