from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.fuzz.corpus import CORPUS, TARGETS, from_tables, kept

LENGTH = 40_000
PATTERNS: list[Callable[[int], bytes]] = [
    *(
        lambda length, piece=piece: piece * (length // len(piece))
        for piece in (
            b" ", b"\t", b",", b'"', b";", b"\\", b"/", b"%", b"a", b"0", b".", b"-", b"\n", b"'", b"=", b"\xff",
            b"\xe2\x80\x8d", b"C:", b'",', b'"a" ', b"a,", b"a=", b";a=", b"1-1,", b"%2e", b"../", b"W/\"a\",",
        )
    ),
    lambda length: b'x; a="' + b"\\a" * (length // 2),
    lambda length: b'"' + b"a, " * (length // 3),
    lambda length: b"bytes=" + b"0-0," * (length // 4),
    lambda length: b"bytes=" + b" " * length + b"x",
    lambda length: b"Range: bytes=" + b"0-0," * (length // 4),
    lambda length: b'If-None-Match: "' + b'a","' * (length // 4),
    lambda length: b"206\nContent-Range: bytes " + b"9" * length,
    lambda length: b"200\nContent-Length: " + b"1, " * (length // 3),
    lambda length: b"http://" + b"a." * (length // 2),
    lambda length: b"http://" + b"a" * length + b"@",
    lambda length: b"text/plain" + b"; a=b" * (length // 5) + b"\xff",
    lambda length: b"a" + b"\xe2\x80\x8d" * (length // 3) + b"\xe2\x80\xae" * 9 + b"b",
    lambda length: b"\xf0\x9f\x8f\xb4" + b"\xf3\xa0\x80\xa1" * (length // 4),
    lambda length: b"[" * length,
    lambda length: b'{"size": ' + b"9" * 5000 + b"}",
]  # fmt: skip
SECONDS = 1.0


def test_every_target_is_tried() -> None:
    """There is a file for each target, with something in it, and none for what is no target."""
    assert {path.stem for path in CORPUS.iterdir()} == set(TARGETS)
    assert all(kept(name) for name in TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_kept_holds(name: str) -> None:
    """No input that ever led somewhere new makes a parser break one of its rules."""
    for entry in (*kept(name), *from_tables(name)):
        TARGETS[name](entry)


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_takes_long(name: str) -> None:
    """
    Whatever repeats 40,000 bytes long is read in far less than a second of computing.

    What takes longer with the square of the length takes several seconds, all else some hundredths of one. The time of
    the processor counts, for nobody can count the steps of a regular expression.
    """
    for number, pattern in enumerate(PATTERNS):
        data = pattern(LENGTH)
        began = time.thread_time()
        TARGETS[name](data)
        assert time.thread_time() - began < SECONDS, (number, data[:30])
