"""Reads fields and bodies as a client does that has nothing of ours."""

from __future__ import annotations

import re
from email.message import Message
from urllib.parse import unquote

from tests.conformance.expectations import Answer

__all__ = ["handed_over", "is_hand_over", "parts_of", "saved_as", "values"]


def is_hand_over(field: str) -> bool:
    """Tell whether a field is for the server in front, and nobody else."""
    return field.lower().startswith(("x-accel", "x-sendfile"))


def handed_over(answer: Answer) -> list[str]:
    """Return the values of all fields that are for the server in front."""
    return [value for field, value in answer.fields if is_hand_over(field)]


def values(answer: Answer, name: str) -> list[str]:
    """Return the values of each field *name*, in any case."""
    return [value for field, value in answer.fields if field.lower() == name.lower()]


def saved_as(answer: Answer) -> str:
    """Read the name as a browser does, the extended form first (RFC 6266, 4.3)."""
    (value,) = values(answer, "Content-Disposition")
    assert value.startswith("attachment; "), value
    if extended := re.search(r"; filename\*=UTF-8''([^;\s]+)\Z", value):
        return unquote(extended[1])
    plain = re.fullmatch(r'attachment; filename="([^"\\]*)"', value)
    assert plain, value
    return plain[1]


def parts_of(answer: Answer) -> list[tuple[str | None, str | None, bytes]]:
    """Take a multipart body apart (RFC 9110, 14.6): the type, the range and the bytes of each part."""
    (media_type,) = values(answer, "Content-Type")
    boundary = re.fullmatch(r'multipart/byteranges; ?boundary="?([^"\s;]+)"?', media_type)
    assert boundary, media_type
    start, *parts, end = (b"\r\n" + answer.body).split(f"\r\n--{boundary[1]}".encode())
    assert start in (b"", b"\r\n"), start
    assert end.strip() == b"--", end
    return [part_of(part) for part in parts]


def part_of(part: bytes) -> tuple[str | None, str | None, bytes]:
    """Take one part apart."""
    head, _, body = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    fields = Message()
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        fields[name] = value.strip()
    return fields["Content-Type"], fields["Content-Range"], body
