from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

import pytest
from attrs import frozen
from django.http import Http404
from django.test import RequestFactory

from downloadable.adapters.delegates import Nginx
from downloadable.adapters.local import LocalSource
from downloadable.django_ui import PathDownloadView, download
from downloadable.django_ui.asserting.delivered import body_of
from downloadable.domain import PLAIN_GET, Resource, ServingPolicy, decide
from downloadable.ports.contract import open_descriptors
from tests.adversarial.disk import INSIDE, SECRET, Disk
from tests.adversarial.interleaving import Interleaving

OFFER = decide(Resource(name="file.txt"), ServingPolicy(), PLAIN_GET)

KEYS = {
    "file.txt": ["file.txt"],
    "sub/file.txt": ["sub", "sub/file.txt"],
    "sub/deep/file.txt": ["sub", "sub/deep", "sub/deep/file.txt"],
    "link": ["link", "sub", "sub/file.txt"],
    "folder/file.txt": ["folder", "sub", "sub/file.txt"],
    "sub/back/sub/file.txt": ["sub", "sub/back", "sub/file.txt"],
}
"""What is asked for, and what that goes through."""

T = TypeVar("T")


@frozen
class Swap:
    """
    What takes the place of something in the root.

    Args:
        id: What it is called.

        place: Of what, below the root.

        put: Puts something else there.
    """

    id: str
    place: str
    put: Callable[[Path], object]

    def do(self, disk: Disk) -> None:
        """Put it there."""
        (disk.root / self.place).rename(disk.top / "aside")
        self.put(disk.root / self.place)

    def undo(self, disk: Disk) -> None:
        """Put back what was there."""
        place = disk.root / self.place
        place.rename(disk.top / "used")
        (disk.top / "aside").rename(place)
        used = disk.top / "used"
        used.rmdir() if used.is_dir() and not used.is_symlink() else used.unlink()


SWAPS = [
    Swap("file by link out", "sub/file.txt", lambda place: place.symlink_to("../../secret.txt")),
    Swap("file at the top by link out", "file.txt", lambda place: place.symlink_to("../secret.txt")),
    Swap("deep file by link out", "sub/deep/file.txt", lambda place: place.symlink_to("../../../secret.txt")),
    Swap("file by FIFO", "sub/file.txt", os.mkfifo),
    Swap("file by directory", "sub/file.txt", Path.mkdir),
    Swap("file by another", "sub/file.txt", lambda place: place.write_bytes(INSIDE)),
    Swap("directory by link out", "sub", lambda place: place.symlink_to("../inside-private")),
    Swap("directory by link up", "sub", lambda place: place.symlink_to("../inside-private/..")),
    Swap("deep directory by link out", "sub/deep", lambda place: place.symlink_to("../../inside-private")),
    Swap("directory by FIFO", "sub", os.mkfifo),
    Swap("link by link out", "link", lambda place: place.symlink_to("../secret.txt")),
    Swap("link by chain out", "link", lambda place: place.symlink_to("folder/../../secret.txt")),
    Swap("link to a directory by link out", "folder", lambda place: place.symlink_to("../inside-private")),
    Swap("link upwards by link out", "sub/back", lambda place: place.symlink_to("../../inside-private")),
]


@pytest.fixture
def linked(own_disk: Disk) -> Disk:
    """Add links that stay inside, and let the neighbour look like the root."""
    (own_disk.root / "link").symlink_to("sub/file.txt")
    (own_disk.root / "folder").symlink_to("sub")
    (own_disk.root / "sub/back").symlink_to("..")
    (own_disk.top / "inside-private/deep").mkdir()
    (own_disk.top / "inside-private/sub").mkdir()
    for name in ("deep/file.txt", "sub/file.txt"):
        (own_disk.top / "inside-private" / name).write_bytes(SECRET)
    return own_disk


def answer_to(ask: Callable[[], Any]) -> tuple[int, str | None, bytes]:
    """Return status, length and body of a response."""
    try:
        response = ask()
    except Http404:
        return 404, None, b""
    try:
        return response.status_code, response.headers.get("Content-Length"), body_of(response)
    finally:
        response.close()


def answered(source: LocalSource, key: str) -> tuple[int, str | None, bytes]:
    """Return status, length and body of a download."""
    return answer_to(lambda: download(RequestFactory().get("/"), source.open(key)))


WHOLE = (200, str(len(INSIDE)), INSIDE)


def interleaved(
    disk: Disk, swap: Swap, ask: Callable[[], T], patch: pytest.MonkeyPatch, until: int | None
) -> Iterator[T]:
    """
    Ask again and again, each time with the swap before another system call, at last without.

    *until* is how many calls later all is as it was again; ``None`` is after the last.
    """
    calls = Interleaving(patch)
    before = 0
    while True:
        due: dict[int, Callable[[], object]] = {before: partial(swap.do, disk)}
        if until is not None:
            due[before + until] = partial(swap.undo, disk)
        calls.begin(due)
        answer = ask()
        calls.end()
        swapped = calls.made > before
        if swapped and not (until is not None and calls.made > before + until):
            swap.undo(disk)
        yield answer
        if not swapped:
            return
        before += 1


@pytest.mark.parametrize("until", [1, 2, None])
@pytest.mark.parametrize("swap", SWAPS, ids=lambda swap: swap.id)
def test_nothing_is_swapped_in_between_two_calls(
    linked: Disk, monkeypatch: pytest.MonkeyPatch, swap: Swap, until: int | None
) -> None:
    """Before whichever system call something is swapped in, and back: the answer is the file, or none of another."""
    source = LocalSource(linked.root)
    for key in [key for key, places in KEYS.items() if swap.place in places]:
        with monkeypatch.context() as patch:
            answers = list(interleaved(linked, swap, partial(answered, source, key), patch, until))
        assert answers[-1] == WHOLE, key  # nothing was swapped
        assert len(answers) > 4
        for status, length, body in answers:
            assert (status, length, body) == WHOLE or status in (404, 503), key
            assert length != str(len(SECRET))
            assert SECRET not in body


@pytest.mark.parametrize("swap", SWAPS, ids=lambda swap: swap.id)
def test_no_swap_makes_a_delegate_say_another_place(
    linked: Disk, monkeypatch: pytest.MonkeyPatch, swap: Swap
) -> None:
    """The server in front is told the plain path of what was asked for, or nothing."""
    delegate = Nginx({linked.root: "/inside"})
    source = LocalSource(linked.root)

    def told(key: str) -> str | None:
        plan = delegate.hand_over(source.open(key), OFFER)
        return None if plan is None else plan.header("X-Accel-Redirect")

    for key in [key for key, places in KEYS.items() if swap.place in places]:
        with monkeypatch.context() as patch:
            answers = list(interleaved(linked, swap, partial(told, key), patch, None))
        assert answers[-1] == f"/inside/{key}"
        assert set(answers) <= {None, f"/inside/{key}"}


@contextmanager
def restless(disk: Disk, swaps: list[Swap]) -> Iterator[list[int]]:
    """Swap and swap back in another thread, as fast as it can; counts how often."""
    stop, began, count = Event(), Event(), [0]

    def swapping() -> None:
        while not stop.is_set():
            for swap in swaps:
                swap.do(disk)
                swap.undo(disk)
                count[0] += 1
                began.set()

    thread = Thread(target=swapping)
    thread.start()
    try:
        assert began.wait(10)
        yield count
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("key", ["sub/file.txt", "link", "folder/file.txt"])
def test_nobody_is_quick_enough(linked: Disk, key: str) -> None:
    """While another thread swaps files and directories for links out, no request gets what they lead to."""
    source = LocalSource(linked.root)
    view = PathDownloadView.as_view(root=linked.root)
    before = open_descriptors()
    answers = set()
    # Of a file that is written anew, a client may see that it is empty.
    swaps = [swap for swap in SWAPS if swap.place in KEYS[key] and swap.id != "file by another"]
    with restless(linked, swaps) as count:
        for _ in range(150):
            answers.add(answered(source, key))
            answers.add(answer_to(lambda: view(RequestFactory().get("/"), path=key)))
    assert count[0] > 1
    assert {answer for answer in answers if answer != WHOLE and answer[0] not in (404, 503)} == set()
    assert not any(SECRET in body for _, _, body in answers)
    assert open_descriptors() == before
    assert answered(source, key) == WHOLE
