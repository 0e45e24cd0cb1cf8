"""
Look for inputs that make a parser break its rules: ``python -m tests.fuzz.run [--keep] [TARGET ...]``.

FUZZ_SECONDS in the environment is for how long, all in all. What is found is told as a line to keep, in the corpus of
its target. ``--keep`` adds what has led somewhere new: the fewest inputs that lead everywhere.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stderr
from pathlib import Path

import atheris

# It says which modules it instruments.
with redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["downloadable"]):
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

    from tests.fuzz.corpus import TARGETS, from_tables, keep, kept

__all__ = ["main"]

CACHE = Path(".cache/fuzz")
LONGEST = 400
"""Bytes of an input that is tried; what takes long is looked for elsewhere, with longer ones."""

PATIENCE_SECONDS = 10
"""For one input."""


def main(arguments: Sequence[str]) -> int:
    """Try what was asked for, or everything; return whether something was found."""
    keeping = "--keep" in arguments
    names = [name for name in arguments if name != "--keep"] or list(TARGETS)
    workers = os.cpu_count() or 1
    seconds = max(1, round(float(os.environ.get("FUZZ_SECONDS", "600")) * workers / len(names)))
    failed = in_parallel(names, workers, lambda name: search(name, seconds))
    for name in failed:
        tell(name)
    if keeping and not failed:
        in_parallel(names, workers, fewest)
        for name in names:
            keep(name, [*written(CACHE / name / "fewest")])
    say(
        f"{len(names)} targets, {seconds} seconds each: {len(names) - len(failed)} passed, {len(failed)} failed"
    )
    return 1 if failed else 0


def in_parallel(names: Iterable[str], workers: int, act: Callable[[str], None]) -> list[str]:
    """Do something about each target in a process of its own, of which it never returns; return which failed."""
    waiting, running, failed = list(names)[::-1], {}, []
    while waiting or running:
        while waiting and len(running) < workers:
            name = waiting.pop()
            child = os.fork()
            if child == 0:
                quietly(name, act)
            running[child] = name
        child, status = os.wait()
        name = running.pop(child)
        if status != 0:
            failed.append(name)
    return failed


def quietly(name: str, act: Callable[[str], None]) -> None:
    """Be a process that does one thing, and says what it has to say in a file."""
    place = CACHE / name
    place.mkdir(parents=True, exist_ok=True)
    log = os.open(place / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    act(name)
    raise AssertionError("The fuzzer ends the process.")


def search(name: str, seconds: int) -> None:
    """Try one input after another; ends the process."""
    place = CACHE / name
    for found in place.glob("found-*"):
        found.unlink()
    (place / "tried").mkdir(exist_ok=True)
    start(
        name,
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={PATIENCE_SECONDS}",
        f"-artifact_prefix={place}/found-",
        str(place / "tried"),
        seeds(name),
    )


def fewest(name: str) -> None:
    """Choose the fewest inputs that lead everywhere; ends the process."""
    place = CACHE / name
    shutil.rmtree(place / "fewest", ignore_errors=True)
    (place / "fewest").mkdir()
    start(name, "-set_cover_merge=1", str(place / "fewest"), seeds(name), str(place / "tried"))


def start(name: str, *options: str) -> None:
    """Hand over to the fuzzer."""
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


def seeds(name: str) -> str:
    """Write what is known to a directory, as the fuzzer wants it."""
    directory = tempfile.mkdtemp(dir=CACHE / name)
    for number, entry in enumerate([*kept(name), *from_tables(name)]):
        Path(directory, str(number)).write_bytes(entry)
    return directory


def written(directory: Path) -> list[bytes]:
    """Read what the fuzzer has written."""
    return [file.read_bytes() for file in directory.iterdir()]


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
