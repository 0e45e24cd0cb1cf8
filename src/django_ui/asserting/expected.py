"""What a test expects of a download."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

from django.http.response import HttpResponseBase

from downloadable.django_ui.asserting.comparing import STATUSES, Expected, differences
from downloadable.django_ui.asserting.delivered import request_of
from downloadable.domain import EntityTag

__all__ = ["assert_download"]

Interval: TypeAlias = tuple[int, int]


def assert_download(
    response: Any,
    *,
    content: bytes | bytearray | memoryview | str | Path | None = None,
    basename: str | None = None,
    content_type: str | None = None,
    attachment: bool | None = None,
    status: int | None = None,
    size: int | None = None,
    entity_tag: str | EntityTag | bool | None = None,
    range: Interval | Sequence[Interval] | None = None,
    handed_over_to: str | bool | None = None,
) -> None:
    """
    Assert that *response* is a download like this; what is not given is not looked at, but for the status.

    Args:
        response: Of a view that was called, or of a test client, synchronous or not; in any kind of test.

        content: All of the file: bytes, text in UTF-8, or the path of a file that has the same. The body is read here,
            and the response closed. Of an answer to a range, each part must be what its Content-Range says.

        basename: Name at the client, decoded from Content-Disposition.

        content_type: Media type. Its parameters are compared if there are any here. Of several ranges, that of each.

        attachment: Whether the file is saved (``True``) or shown (``False``).

        status: 200, 206, 302, 304, 412 or 416. By default 206 with *range*, 200 or 302 for what is handed over to
            somebody, else 200.

        size: Complete length in bytes, as the client is told it, in Content-Length or Content-Range.

        entity_tag: The ETag, in quotes or not; ``True`` for any, ``False`` for none.

        range: ``(start, stop)`` as of a slice of *content*, or a list of several in the order in which they are sent.

        handed_over_to: What the server in front or a store is told to send, spelled as it is sent; ``True`` for
            anything, ``False`` if Django is to send it. Of a redirection, the query counts only if there is one here:
            signed links have another each time.

    Raises:
        AssertionError: With everything that differs.

        TypeError: If *response* is none, such as a coroutine that nobody has awaited.

        ValueError: If no response could be like that.
    """
    __tracebackhide__ = True
    if not isinstance(response, HttpResponseBase):
        kind = type(response).__qualname__
        raise TypeError(f"assert_download() takes a response of Django, not {kind!r}. Was it awaited?")
    expected = Expected(
        content=None if content is None else bytes_of(content),
        basename=basename,
        content_type=content_type,
        attachment=attachment,
        status=status,
        size=size,
        entity_tag=entity_tag if isinstance(entity_tag, bool | None) else quoted(str(entity_tag)),
        ranges=() if range is None else intervals(range),
        handed_over_to=handed_over_to,
    )
    check(expected)
    found = [f"  {one}" for one in differences(response, expected)]
    if found:
        request = request_of(response)
        to = "" if request is None else f" ({request.method} {request.get_full_path()})"
        raise AssertionError("\n".join([f"This is not the download that was expected{to}.", *found]))


def check(expected: Expected) -> None:
    """Refuse what no response could be like, rather than pass for nothing or fail for ever."""
    status = expected.status
    if status not in (None, *STATUSES):
        raise ValueError(f"status={status!r} is not one of a download, which are {STATUSES}.")
    if expected.ranges and status not in (None, 206):
        raise ValueError(f"range= goes with status 206, not {status}.")
    sent_here = expected.content is not None or expected.ranges or status not in (None, 200, 302)
    if expected.handed_over_to == "":
        raise ValueError("handed_over_to='' names nobody: say False if Django is to send the file.")
    if expected.handed_over_to and sent_here:
        raise ValueError("What is handed over has neither content nor range here: somebody else sends it.")
    if status == 302 and not expected.handed_over_to:
        raise ValueError("A redirection is a download only if it is handed over: say handed_over_to=.")
    described = (expected.content, expected.basename, expected.content_type, expected.attachment)
    if status in (302, 304, 412, 416) and any(one is not None for one in described):
        raise ValueError(
            f"An answer with status {status} delivers nothing that content, name or type could be of."
        )


def bytes_of(content: bytes | bytearray | memoryview | str | Path) -> bytes:
    if isinstance(content, Path):
        return content.read_bytes()
    return content.encode() if isinstance(content, str) else bytes(content)


def quoted(tag: str) -> str:
    return tag if EntityTag.parse(tag) is not None else f'"{tag}"'


def intervals(given: Interval | Sequence[Interval]) -> tuple[Interval, ...]:
    """
    Return one range or several as several.

    Raises:
        ValueError: If one is empty, or there is none.
    """
    several: Any = [given] if given and isinstance(given[0], int) else given
    ranges = tuple((start, stop) for start, stop in several)
    if not ranges or any(not 0 <= start < stop for start, stop in ranges):
        raise ValueError(f"range={given!r} must be (start, stop) with 0 <= start < stop, or a list of such.")
    return ranges
