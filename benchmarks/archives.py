"""
Measure what an archive of large files costs, made while it is sent: ours, Python's zipfile, stream-zip.

Each makes the same members into a stored archive, in a process of its own, and drops the bytes: seconds of processor
time for each GiB, and by how much the process grew. Then what the last mebibyte costs, for whom that is a question.
"""

from __future__ import annotations

import argparse
import io
import random
import statistics
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import django
from django.conf import settings

__all__ = ["CONTENDERS", "measure"]

MIB = 1024 * 1024
MEMBERS = 8
BLOCK = 256 * 1024

Figures = tuple[float, float, float]
"""Bytes, seconds of processor time, MiB grown."""


def ours(paths: Sequence[Path], crc32s: Sequence[int] | None, start: int = 0) -> int:
    from downloadable import ZipContent, ZipMember
    from downloadable.adapters.checksums import MemoryChecksums
    from downloadable.domain import PLAIN_GET

    members = [
        ZipMember(path.name, path, crc32=None if crc32s is None else crc32s[number])
        for number, path in enumerate(paths)
    ]
    content = ZipContent("a.zip", members, checksums=MemoryChecksums())
    size = content.describe(PLAIN_GET).size
    assert size is not None
    content.acquire()
    came = sum(map(len, content.read(size - start if start else 0, size)))
    content.close()
    return came


def by_zipfile(paths: Sequence[Path]) -> int:
    """Write into what hands on and forgets."""

    class Sink(io.RawIOBase):
        came = 0

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.came += len(data)  # type: ignore[arg-type]  # whatever zipfile writes
            return len(data)  # type: ignore[arg-type]

    sink = Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for path in paths:
            with path.open("rb", buffering=0) as file, archive.open(path.name, "w") as member:
                for block in blocks(file):
                    member.write(block)
    return sink.came


def by_stream_zip(paths: Sequence[Path]) -> int:
    from stream_zip import NO_COMPRESSION_64, stream_zip  # type: ignore[import-not-found, unused-ignore]

    def members() -> Iterator[tuple[object, ...]]:
        for path in paths:
            with path.open("rb", buffering=0) as file:
                yield path.name, datetime.now(UTC), 0o644, NO_COMPRESSION_64, blocks(file)

    return sum(map(len, stream_zip(members(), chunk_size=BLOCK)))


def blocks(file: io.RawIOBase) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def measured(task: Callable[[], int]) -> Figures:
    """Run a task in this process, which is nobody else's."""
    settings.configure()
    django.setup()
    task()  # what is only paid once, such as for imports
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    started = time.process_time()
    came = task()
    seconds = time.process_time() - started
    return came, seconds, resident("VmHWM") - before


def resident(field: str) -> float:
    """Return what Linux says of this process, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{field}:"))


def alone(task: Callable[[], int]) -> Figures:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, [task])


CONTENDERS: dict[str, Callable[..., int]] = {
    "downloadable": partial(ours, crc32s=None),
    "zipfile": by_zipfile,
    "stream-zip": by_stream_zip,
}


def measure(mib: int, rounds: int) -> Iterator[str]:
    """Yield the lines of a table."""
    with tempfile.TemporaryDirectory(prefix="archives-") as directory:
        paths = [Path(directory, f"{number}.bin") for number in range(MEMBERS)]
        crc32s = []
        for number, path in enumerate(paths):
            data = random.Random(number).randbytes(mib * MIB // MEMBERS)
            path.write_bytes(data)
            crc32s.append(zlib.crc32(data))
        taken: dict[str, list[Figures]] = {}
        for turn in range(rounds):
            names = list(CONTENDERS)
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                taken.setdefault(name, []).append(alone(partial(CONTENDERS[name], paths)))
        yield f"an archive of {mib} MiB in {MEMBERS} members, {rounds} rounds"
        yield f"{'':14}{'CPU s/GiB':>10}{'ratio':>8}{'growth MiB':>12}"
        least = {
            name: statistics.median(seconds for _, seconds, _ in figures) for name, figures in taken.items()
        }
        for name, figures in taken.items():
            each_gib = least[name] * 1024 / mib
            grown = max(growth for *_, growth in figures)
            yield f"{name:14}{each_gib:10.2f}{least[name] / least['zipfile']:8.2f}{grown:12.1f}"
        for told, known in (("told", crc32s), ("not known", None)):
            _, seconds, _ = alone(partial(ours, paths, known, MIB))
            yield f"the last MiB, checksums {told}: {seconds * 1000:.0f} ms of CPU"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mib", type=int, default=1024)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--into", type=Path, help="directory for archives.txt")
    chosen = options.parse_args()
    lines = list(measure(chosen.mib, chosen.rounds))
    sys.stdout.write("\n".join(lines) + "\n")
    if chosen.into is not None:
        chosen.into.mkdir(parents=True, exist_ok=True)
        (chosen.into / "archives.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
