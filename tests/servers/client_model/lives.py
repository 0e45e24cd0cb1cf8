"""
Random lives of a download: begun, cut, taken up again, while the file is edited.

Three things are held against each other: what the file was at each moment, what the server says and sends, and what
the client puts together by its own rules.

- What is sent is always bytes of the version that was there when the request was made.
- What the client puts together is always of one version; where that is beyond the server's validators, which a
  target says beforehand, it is not counted against it.
- What was not edited is taken up where it was cut, and what is "not modified" is what the client has.
- In the end, the client has the whole of one version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from attrs import frozen
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st

from tests.servers.client_model.client import Client, Guard
from tests.servers.client_model.downloads import Blind, Download
from tests.servers.client_model.rounds import ROUNDS, SIZES, Round, ranges
from tests.servers.client_model.versions import Edit, Editable, How

__all__ = ["Target", "live", "live_through"]

LAST_TRIES = 4
LIVES = st.lists(ROUNDS, min_size=2, max_size=8)


@frozen
class Target:
    """
    Where a file is downloaded from.

    Args:
        port: Of the server that the client asks.

        url: Path of a file, given its name.

        made: Makes a file of so many bytes that nobody has asked for yet.

        blind: Where its validators are blind.
    """

    port: int
    url: Callable[[str], str]
    made: Callable[[int], Editable]
    blind: Blind


def live(target: Target, lives: int, *, draw: int, shrinks: bool = True) -> Counter[str]:
    """
    Try so many lives.

    Args:
        target: Where from.

        lives: How many.

        draw: Which ones; the same number draws the same.

        shrinks: Whether to look for the shortest of those that convict the target.

    Returns:
        How often what happened.

    Raises:
        AssertionError: If one of them convicts the target.
    """
    seen: Counter[str] = Counter()
    phases = tuple(Phase) if shrinks else (Phase.generate,)

    @seed(draw)
    @settings(
        max_examples=lives,
        phases=phases,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(SIZES, LIVES)
    def try_one(size: int, rounds: list[Round]) -> None:
        Life(target, size, seen).go(rounds)

    try_one()
    return seen


def live_through(target: Target, size: int, rounds: Iterable[Round]) -> Counter[str]:
    """Try one life of a file of *size* bytes; return how often what happened."""
    seen: Counter[str] = Counter()
    Life(target, size, seen).go(rounds)
    return seen


class Life:
    """One file, and one download of it."""

    def __init__(self, target: Target, size: int, seen: Counter[str]) -> None:
        self.story: list[str] = []
        self.file = target.made(size)
        self.client = Client(target.port, target.url(self.file.name))
        self.download = Download(self.client, self.file, target.blind, seen, self.story)

    def go(self, rounds: Iterable[Round]) -> None:
        """Go through all rounds, and finish."""
        try:
            for each in rounds:
                self._go_through(each)
            self._finish()
        except AssertionError as error:
            error.add_note("\n".join(self.story))
            raise
        finally:
            self.download.drop()

    def _go_through(self, each: Round) -> None:
        download = self.download
        held = download.held
        if held is None or held.complete:
            download.begin()
        else:
            download.go_on(held, each.guard, ranges(each.where, held, each.by), compares=each.compares)
        size = 0 if download.incoming is None else download.incoming.left * each.percent // 200
        download.take(size)
        for edit in each.meanwhile:
            if edit.in_place:
                download.drop()
            self._edit(edit)
        download.take(size)
        download.drop(reset=each.reset)
        for edit in each.afterwards:
            self._edit(edit)
        if each.looks:
            self._look()
            download.compare(by_date=False)
            download.compare(by_date=True)

    def _edit(self, edit: Edit) -> None:
        self.file.edit(edit)
        self.download.disturbed = True
        self.story.append(f"{edit.how.name}: {self.file.present}")

    def _look(self) -> None:
        """HEAD tells what a GET would."""
        incoming = self.client.ask({}, method="HEAD")
        response, present = incoming.response, self.file.present
        incoming.cut()
        if present is None:
            assert response.status == 404
            return
        assert response.status == 200
        # Apache leaves out what is zero.
        assert int(response.getheader("Content-Length", "0")) == present.size

    def _finish(self) -> None:
        """Leave the file alone, and get all of it."""
        download = self.download
        if self.file.present is None:
            self._edit(Edit(How.RECREATE))
        for _ in range(LAST_TRIES):
            if download.held is None:
                download.begin()
            elif not download.held.complete:
                download.go_on(download.held, Guard.TAG, f"{download.held.gap}-", compares=True)
            while download.incoming is not None:
                download.take(10_000_000)
        download.check_end()
