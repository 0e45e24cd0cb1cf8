"""
Look for inputs that make a parser break its rules: ``python -m tests.fuzz.run [--keep] [TARGET ...]``.

FUZZ_SECONDS in the environment is for how long, all in all. What is found is told as a line to keep, in the corpus of
its target. ``--keep`` adds what has led somewhere new.
"""

from __future__ import annotations

import io
import logging
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

import atheris

# It says which modules it instruments.
with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["downloadable"]):
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

    import downloadable
    from tests.fuzz.corpus import TARGETS, from_tables, keep, kept

__all__ = ["main"]

Way: TypeAlias = tuple[str, int, int]
"""A file, a line of it, and the one that came next."""

CACHE = Path(".cache/fuzz")
LONGEST = 400
"""Bytes of an input that is tried; what takes long is looked for elsewhere, with longer ones."""

PACKAGE = str(Path(downloadable.__file__).parent)
PATIENCE_SECONDS = 10
"""For one input."""


def main(arguments: Sequence[str]) -> int:
    """Try what was asked for, or everything; return whether something was found."""
    logging.disable(logging.CRITICAL)  # much of what is tried is worth a warning
    keeping = "--keep" in arguments
    names = [name for name in arguments if name != "--keep"] or list(TARGETS)
    workers = min(os.cpu_count() or 1, len(names))
    seconds = max(1, round(float(os.environ.get("FUZZ_SECONDS", "600")) * workers / len(names)))
    failed = search_all(names, workers, seconds)
    for name in failed:
        tell(name)
    if keeping and not failed:
        for name in names:
            keep_what_is_new(name)
    say(
        f"{len(names)} targets, {seconds} seconds each: {len(names) - len(failed)} passed, {len(failed)} failed"
    )
    return 1 if failed else 0


def search_all(names: Iterable[str], workers: int, seconds: int) -> list[str]:
    """Search for each target in a process of its own, for the fuzzer ends it; return where something was found."""
    waiting, found = list(names)[::-1], []
    running: dict[int, str] = {}
    while waiting or running:
        while waiting and len(running) < workers:
            name = waiting.pop()
            child = os.fork()
            if child == 0:
                search(name, seconds)
            running[child] = name
        child, status = os.wait()
        name = running.pop(child)
        if status != 0:
            found.append(name)
    return found


def search(name: str, seconds: int) -> None:
    """Try one input after another, and say in a file what there is to say; ends the process."""
    place = CACHE / name
    shutil.rmtree(place / "seeds", ignore_errors=True)
    for directory in ("seeds", "tried"):
        (place / directory).mkdir(parents=True, exist_ok=True)
    for number, entry in enumerate([*kept(name), *from_tables(name)]):
        (place / "seeds" / str(number)).write_bytes(entry)
    for found in place.glob("found-*"):
        found.unlink()
    log = os.open(place / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    options = {
        "max_total_time": seconds,
        "max_len": LONGEST,
        "timeout": PATIENCE_SECONDS,
        "dict": Path(__file__).with_name("tokens.dict"),
        "artifact_prefix": f"{place}/found-",
    }
    atheris.Setup(
        [
            sys.argv[0],
            *(f"-{option}={value}" for option, value in options.items()),
            f"{place}/tried",
            f"{place}/seeds",
        ],
        TARGETS[name],
    )
    atheris.Fuzz()
    raise AssertionError("The fuzzer ends the process.")


def keep_what_is_new(name: str) -> None:
    """Add to what is kept, the shortest first, whatever takes a way through the package that nothing else took."""
    known = kept(name)
    ways = set[Way]().union(*(ways_of(name, entry) for entry in [*known, *from_tables(name)]))
    tried = [file.read_bytes() for file in (CACHE / name / "tried").iterdir()]
    for entry in sorted(tried, key=lambda entry: (len(entry), entry)):
        taken = ways_of(name, entry)
        if not taken <= ways:
            ways |= taken
            known.append(entry)
    keep(name, known)


def ways_of(name: str, data: bytes) -> set[Way]:
    """Return which line of the package came after which."""
    ways: set[Way] = set()

    def called(frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        before = frame.f_lineno

        def went_on(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal before
            ways.add((frame.f_code.co_filename, before, frame.f_lineno))
            before = frame.f_lineno
            return went_on

        return went_on

    sys.settrace(called)
    try:
        TARGETS[name](data)
    finally:
        sys.settrace(None)
    return ways


def tell(name: str) -> None:
    """Say what was found, and what to do with it."""
    say((CACHE / name / "log").read_text(errors="replace")[-4000:])
    for found in sorted((CACHE / name).glob("found-*")):
        say(f"{name} breaks a rule. Add this line to tests/fuzz/corpus/{name}.txt, then repair it:")
        say(repr(found.read_bytes()))


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
