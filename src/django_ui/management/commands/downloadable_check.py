"""Prove a live set-up, from the storage to the client."""

from __future__ import annotations

import json
import logging
import signal
import sys
import threading
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from attrs import asdict
from django.core.management.base import BaseCommand, CommandError

from downloadable.django_ui.probing import Finding, Front, NoSuchPlace, examine

__all__ = ["Command"]

WORDS = {"ok": "ok     ", "failed": "FAILED ", "unknown": "unknown"}


def printable(text: str) -> str:
    """Keep what a server has said from giving orders to the terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let what ends a deployment that takes too long, or loses its terminal, end the block as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # which alone may say what a signal does
        return
    heeded = [one for one in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(one) is not signal.SIG_IGN]
    before = {one: signal.signal(one, lambda number, frame: sys.exit(128 + number)) for one in heeded}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def findings_alone() -> Iterator[None]:
    """Keep what Django logs of a request that it refuses from standing between the findings, which tell of it."""
    quiet = {"django.request": logging.ERROR, "django.security.DisallowedHost": logging.CRITICAL}
    before = {name: logging.getLogger(name).level for name in quiet}
    try:
        for name, level in quiet.items():
            logging.getLogger(name).setLevel(level)
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


class Command(BaseCommand):
    """Ask everybody for marker files, print the findings, and fail if one of them is wrong."""

    help = (
        "Puts a marker file into each storage and directory that downloads are handed over from, and asks the storage "
        "alone, Django alone, the server alone, and all together for it. Says who is to blame if an answer is wrong, "
        "and how to mend it. Removes the markers."
    )

    # What they complain of is found out here, with what it leads to.
    requires_system_checks: list[str] = []  # noqa: RUF012  (as Django declares it)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "url",
            nargs="?",
            metavar="URL",
            help="where the server in front answers, such as https://www.example.com; without it, no server is asked",
        )
        parser.add_argument(
            "--skip",
            action="append",
            default=[],
            metavar="PLACE",
            help="leave out a storage, by its alias, or a directory or URL prefix; may be given again",
        )
        parser.add_argument(
            "--public",
            action="append",
            default=[],
            metavar="PLACE",
            help="say that the files of a storage or directory are for anybody; may be given again",
        )
        parser.add_argument(
            "--timeout", type=float, default=10, metavar="SECONDS", help="how long each answer may take (10)"
        )
        parser.add_argument("--ca", metavar="FILE", help="certificates to trust, in place of the usual ones")
        parser.add_argument("--json", action="store_true", help="print one JSON object for each finding")

    def handle(self, *args: Any, **options: Any) -> None:
        front = None
        if options["url"] is not None:
            try:
                front = Front(options["url"], timeout=options["timeout"], ca=options["ca"])
            except (OSError, ValueError) as error:
                raise CommandError(str(error)) from error
        try:
            verdicts = self.ask(front, options)
        except NoSuchPlace as error:
            raise CommandError(str(error)) from error
        if not options["json"]:
            self.conclude(verdicts, asked=front is not None)
        if verdicts["failed"]:
            raise SystemExit(1)

    def ask(self, front: Front | None, options: dict[str, Any]) -> Counter[str]:
        """Print each finding as it comes; return how many there were of each kind."""
        verdicts: Counter[str] = Counter()
        place = None
        # Closed even if this is interrupted: then the markers are removed.
        with (
            ended_by_signals(),
            findings_alone(),
            closing(examine(front, skip=options["skip"], public=options["public"])) as findings,
        ):
            for finding in findings:
                verdicts[finding.verdict] += 1
                if options["json"]:
                    self.stdout.write(json.dumps(asdict(finding)))
                    continue
                if finding.place != place:
                    place = finding.place
                    self.stdout.write(f"\n{place}" if place else "")
                self.show(finding)
        return verdicts

    def show(self, finding: Finding) -> None:
        style = {"ok": self.style.SUCCESS, "failed": self.style.ERROR, "unknown": self.style.WARNING}
        word = style[finding.verdict](WORDS[finding.verdict])
        self.stdout.write(f"  {word} {finding.part:<8}  {printable(finding.what)}")
        if finding.culprit is not None:
            self.stdout.write(f"          to blame: {finding.culprit}")
            self.stdout.write(f"          to mend:  {printable(finding.mend)}")

    def conclude(self, verdicts: Counter[str], *, asked: bool) -> None:
        said = [f"{verdicts['ok']} right", f"{verdicts['failed']} wrong"]
        if verdicts["unknown"]:
            said.append(f"{verdicts['unknown']} could not be checked")
        self.stdout.write(f"\n{', '.join(said)}.")
        if not asked:
            self.stdout.write("No server was asked. Give the URL where clients reach the site.")
