"""
Real servers in front: nginx, Apache, lighttpd and Caddy, each started from what ``downloadable_proxy`` prints.

What is printed is not touched; it is included by a wrapper of a few lines, which says where this one server has its
log and its temporary files. As root, the servers run as nobody, as they would in earnest: what they are to send must
be where everybody may look, such as in a ``public_directory()``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import evolve

from demo.fronts import APACHE, CADDY, LIGHTTPD, NGINX as NGINX_AS_USUAL, FrontKind
from demo.running import Front, PortTaken, free_port, public_directory, started, stop_all
from downloadable.django_ui.management.commands.downloadable_proxy import NO_STATIC_FILES
from tests.servers.processes import ROOT, cleaned

__all__ = [
    "APACHE",
    "CADDY",
    "FRONTS",
    "LIGHTTPD",
    "NGINX",
    "Front",
    "FrontKind",
    "in_front",
    "printed",
    "public_directory",
]

ATTEMPTS = 5


def compressing(printed: Path, directory: Path) -> str:
    """Have nginx compress whatever it is not told not to."""
    usual = NGINX_AS_USUAL.wrapper(printed, directory)
    assert "gzip on;\n" in usual
    return usual.replace("gzip on;\n", "gzip on;\ngzip_proxied any;\ngzip_types *;\n")


NGINX = evolve(NGINX_AS_USUAL, wrapper=compressing)
FRONTS = (NGINX, APACHE, LIGHTTPD, CADDY)


Writing = Callable[[str, str], str]
"""Returns a configuration, given ``HOST:PORT`` of Django's server and of the one in front."""


@contextmanager
def in_front(
    kind: FrontKind,
    upstream: int,
    *options: str,
    change: Callable[[str], str] = str,
    write: Writing | None = None,
    **environment: str,
) -> Iterator[Front]:
    """
    Run a server in front until the end of the block.

    Args:
        kind: Which one.

        upstream: Port of Django's server.

        *options: For ``downloadable_proxy``.

        change: What to make of the configuration that was printed.

        write: Who prints it instead.

        **environment: Variables beside those of this process; ``DJANGO_SETTINGS_MODULE``, unless another is given, is
            that of the demo, which sends by this server.

    Raises:
        CannotStart: If it does not start; with what it said.
    """
    variables = {"DJANGO_SETTINGS_MODULE": "demo.settings", "DEMO_FRONT": kind.name} | environment

    def written(django: str, front: str) -> str:
        if write is not None:
            return write(django, front)
        return change(printed(kind, "--upstream", django, "--listen", front, *options, **variables))

    with public_directory() as directory:
        front = started_somewhere(kind, directory, upstream, written)
        try:
            yield front
        finally:
            stop_all(front.process)


def printed(kind: FrontKind, *options: str, **environment: str) -> str:
    """Return what ``downloadable_proxy`` prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "django", "downloadable_proxy", kind.name, *options],
        cwd=ROOT,
        env=cleaned(os.environ) | environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    # Styles are not what these sites are for.
    assert done.stderr.strip() in ("", NO_STATIC_FILES)
    return done.stdout


def started_somewhere(kind: FrontKind, directory: Path, upstream: int, written: Writing) -> Front:
    for _ in range(ATTEMPTS):
        port = free_port()
        try:
            return started(kind, directory, port, written(f"127.0.0.1:{upstream}", f"127.0.0.1:{port}"))
        except PortTaken:
            continue
    raise AssertionError(f"No port stays free until {kind.name} has started.")
