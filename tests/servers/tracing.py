"""What strace tells of a process: which system calls have read which file, and in which thread."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field, frozen

__all__ = ["Call", "Trace", "traced"]

CALLS = ("read", "pread64", "preadv", "preadv2", "sendfile")
CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)(?: (?P<error>E\w+))?.*")


@frozen
class Call:
    """
    One system call.

    Args:
        name: What was called.

        thread: Which thread of the system has called it; that of the process itself has the number of the process.

        arguments: As strace writes them, with the path of each descriptor in ``<>``.

        result: What came back, -1 if it has failed.

        error: Why it has, such as ``"EAGAIN"``.
    """

    name: str
    thread: int
    arguments: str
    result: int
    error: str | None


@define
class Trace:
    """The calls about one file, once the process is no longer watched."""

    calls: list[Call] = field(factory=list)

    def sent(self) -> int:
        """Bytes that the kernel has sent from the file."""
        return sum(call.result for call in self.calls if call.name == "sendfile" and call.result > 0)

    def read(self) -> int:
        """Bytes of the file that have come into the process, whoever there has read them."""
        return sum(call.result for call in self.calls if call.name != "sendfile" and call.result > 0)

    def read_by(self, *names: str) -> int:
        """Bytes of the file that came by one of these calls."""
        return sum(call.result for call in self.calls if call.name in names and call.result > 0)


@contextmanager
def traced(pid: int, path: Path, directory: Path, *injected: str) -> Iterator[Trace]:
    """
    Watch a process, all its threads, while the block runs.

    Args:
        pid: The process.

        path: The file that it is about.

        directory: Empty, for what strace writes: a file for each thread.

        *injected: What is to happen to system calls, such as ``"preadv2:error=EAGAIN"`` (see strace's ``inject``).
    """
    strace = shutil.which("strace")
    assert strace is not None, "strace is missing. This installs it: make system-packages"
    faults = [part for fault in injected for part in ("-e", f"inject={fault}")]
    watching = subprocess.Popen(
        [
            strace,
            "-ff",
            "-y",
            "-s",
            "0",
            "-e",
            f"trace={','.join(CALLS)}",
            *faults,
            "-o",
            f"{directory}/calls",
            "-p",
            str(pid),
        ],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert watching.stderr is not None
    trace = Trace()
    with watching:
        said = watching.stderr.readline()
        assert "attached" in said, f"strace may not watch: {said}"
        try:
            yield trace
        finally:
            watching.send_signal(signal.SIGINT)
    trace.calls += [
        Call(found["name"], int(file.suffix[1:]), found["arguments"], int(found["result"]), found["error"])
        for file in sorted(directory.glob("calls.*"))
        for line in file.read_text(errors="replace").splitlines()
        if f"<{path}>" in line and (found := CALL.fullmatch(line))
    ]
