from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from downloadable.adapters.delegates import Nginx
from downloadable.adapters.local import LocalSource
from downloadable.domain import PLAIN_GET, Resource, ServingPolicy, decide
from downloadable.ports.contract import open_descriptors
from tests.adversarial.disk import INSIDE, SECRET, Disk, answer_of

OFFER = decide(Resource(name="file.txt"), ServingPolicy(), PLAIN_GET)


def chain(root: Path, target: str, length: int) -> None:
    """Put links into *root*, each to the next, the last to *target*."""
    for number in range(length):
        (root / f"link{number or ''}").symlink_to(f"link{number + 1}" if number + 1 < length else target)


def each_other(root: Path) -> None:
    """Put two links into *root* that are a loop."""
    (root / "link").symlink_to("other")
    (root / "other").symlink_to("link")


def fifo_behind_a_link(root: Path) -> None:
    """Put a FIFO into *root*, and a link to it."""
    os.mkfifo(root / "fifo")
    (root / "link").symlink_to("fifo")


def through_processes(root: Path) -> None:
    """Put a link into *root* that calls it by another name."""
    (root / "link").symlink_to(f"/proc/self/root{root}/file.txt")


def socket_at(place: Path) -> None:
    """Leave a socket at *place*, whose whole path may be too long for one."""
    with socket.socket(socket.AF_UNIX) as listening:
        directory = os.open(place.parent, os.O_RDONLY)
        try:
            listening.bind(f"/proc/self/fd/{directory}/{place.name}")
        finally:
            os.close(directory)


# What is put into the root, what is asked for, and whether that is inside after all.
LINKS: list[tuple[str, Callable[[Path], object], str, bool]] = [
    ("file", lambda root: (root / "link").symlink_to("../secret.txt"), "link", False),
    ("file, absolute", lambda root: (root / "link").symlink_to(root / "../secret.txt"), "link", False),
    ("file, through a directory", lambda root: (root / "link").symlink_to("sub/../../secret.txt"), "link", False),
    ("file, through nothing", lambda root: (root / "link").symlink_to("x/../../secret.txt"), "link", False),
    ("file, from below", lambda root: (root / "sub/link").symlink_to("../../secret.txt"), "sub/link", False),
    ("file with a slash", lambda root: (root / "link").symlink_to("../secret.txt/"), "link", False),
    ("parent", lambda root: (root / "link").symlink_to(".."), "link/secret.txt", False),
    ("parent, with slashes and dots", lambda root: (root / "link").symlink_to(".//.././/."), "link/secret.txt", False),
    ("parent, absolute", lambda root: (root / "link").symlink_to(root.parent), "link/secret.txt", False),
    ("top", lambda root: (root / "link").symlink_to("/"), "link/etc/passwd", False),
    ("neighbour", lambda root: (root / "link").symlink_to("../inside-private"), "link/secret.txt", False),
    ("neighbour, absolute", lambda root: (root / "link").symlink_to(f"{root}-private"), "link/secret.txt", False),
    ("chain", lambda root: chain(root, "../secret.txt", 3), "link", False),
    ("chain as long as can be", lambda root: chain(root, "../secret.txt", 40), "link", False),
    ("chain longer than any", lambda root: chain(root, "../secret.txt", 1100), "link", False),
    ("chain of directories", lambda root: chain(root, "..", 3), "link/secret.txt", False),
    ("out, in and out", lambda root: (root / "link").symlink_to("../inside/../secret.txt"), "link", False),
    ("own root directory", lambda root: (root / "link").symlink_to("/proc/self/root"), "link/etc/passwd", False),
    ("own working directory", lambda root: (root / "link").symlink_to("/proc/self/cwd"), "link/pyproject.toml", False),
    ("own program", lambda root: (root / "link").symlink_to("/proc/self/exe"), "link", False),
    ("own environment", lambda root: (root / "link").symlink_to("/proc/self/environ"), "link", False),
    ("own memory", lambda root: (root / "link").symlink_to("/proc/self/maps"), "link", False),
    ("own descriptors", lambda root: (root / "link").symlink_to("/proc/self/fd"), "link/0", False),
    ("own input", lambda root: (root / "link").symlink_to("/dev/stdin"), "link", False),
    ("of a thread", lambda root: (root / "link").symlink_to("/proc/thread-self/root"), "link/etc/passwd", False),
    ("device", lambda root: (root / "link").symlink_to("/dev/zero"), "link", False),
    ("itself", lambda root: (root / "link").symlink_to("link"), "link", False),
    ("itself, as a directory", lambda root: (root / "link").symlink_to("link/link"), "link/link", False),
    ("each other", each_other, "link", False),
    ("nothing", lambda root: (root / "link").symlink_to("absent"), "link", False),
    ("nothing outside", lambda root: (root / "link").symlink_to("../absent"), "link", False),
    ("the root", lambda root: (root / "link").symlink_to("."), "link", False),
    ("a directory", lambda root: (root / "link").symlink_to("sub"), "link", False),
    ("a long name", lambda root: (root / "link").symlink_to("a" * 255), "link", False),
    ("FIFO", lambda root: os.mkfifo(root / "fifo"), "fifo", False),
    ("link to a FIFO", fifo_behind_a_link, "link", False),
    ("below a FIFO", lambda root: os.mkfifo(root / "fifo"), "fifo/file.txt", False),
    ("socket", lambda root: socket_at(root / "socket"), "socket", False),
    ("directory", lambda root: None, "sub", False),
    ("below a file", lambda root: None, "file.txt/file.txt", False),
    ("inside", lambda root: (root / "link").symlink_to("file.txt"), "link", True),
    ("inside, from below", lambda root: (root / "sub/link").symlink_to("../file.txt"), "sub/link", True),
    ("inside, absolute", lambda root: (root / "link").symlink_to(root / "file.txt"), "link", True),
    ("inside, by a directory", lambda root: (root / "link").symlink_to("sub"), "link/file.txt", True),
    ("inside, by a chain", lambda root: chain(root, "file.txt", 5), "link", True),
    ("inside, out and in again", lambda root: (root / "link").symlink_to("../inside/file.txt"), "link", True),
    ("inside, through the root", lambda root: (root / "sub/link").symlink_to(".."), "sub/link/sub/link/file.txt", True),
    ("inside, by another name of the root", through_processes, "link", True),
]  # fmt: skip


@pytest.mark.parametrize(("make", "key", "inside"), [pytest.param(*row, id=name) for name, *row in LINKS])
def test_links_lead_nowhere_else(
    own_disk: Disk, make: Callable[[Path], object], key: str, inside: bool
) -> None:
    """What leaves the root, or is no file, is neither found nor handed over; what stays below is both."""
    make(own_disk.root)
    before = open_descriptors()
    assert answer_of(LocalSource(own_disk.root).open(key)) == (INSIDE if inside else 404)
    assert open_descriptors() == before
    told = Nginx({own_disk.root: "/inside"}).hand_over(LocalSource(own_disk.root).open(key), OFFER)
    assert (None if told is None else told.header("X-Accel-Redirect")) == (
        f"/inside/{key}" if inside else None
    )


def test_a_file_with_another_name_outside_is_a_file(own_disk: Disk) -> None:
    """Nobody can tell which of two names of a file is the right one: a hard link inside is inside."""
    (own_disk.root / "link").hardlink_to(own_disk.top / "secret.txt")
    assert answer_of(LocalSource(own_disk.root).open("link")) == SECRET
