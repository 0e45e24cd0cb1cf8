"""
What is asked for each name, and what each server in front answers: measured, and where they differ, why.

A file that the server cannot be told is streamed by Django, which answers conditions and ranges by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from attrs import frozen

from tests.servers.names import MODIFIED, NAMES, SIZE, Name
from tests.servers.untold import SOME

__all__ = ["ASKED", "DJANGO", "KEEPS_OURS", "TELL_LENGTH_WITH_416", "Asked", "date"]

Part = tuple[int, int]

DJANGO = "Django"
"""Stands for whoever answers without a server in front."""

TELL_LENGTH_WITH_416 = frozenset({"nginx", "caddy", DJANGO})
"""RFC 9110, 15.5.17 has it as a SHOULD; Apache and lighttpd do not."""

KEEPS_OURS = frozenset({"apache", "lighttpd"})
"""Who leaves our validators in the answer, so that Django answers conditions; the others have their own."""

HOUR = 3600


def date(moment: int) -> str:
    """Spell seconds since the epoch as an HTTP date."""
    return format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)


@frozen(kw_only=True)
class Asked:
    """
    A request for a file.

    Args:
        id: What it is called.

        method: Its method.

        fields: Its fields; ``{tag}`` stands for the entity tag that the client got with the whole file.

        status: What everybody answers.

        parts: Which parts of the file are sent, for a 206.

        otherwise: Who answers with another status, and with which; the comment says why.

        of_all: Whether it is asked for every name; otherwise for some of each kind.
    """

    id: str
    method: str = "GET"
    fields: Mapping[str, str] = {}
    status: int = 200
    parts: tuple[Part, ...] = ()
    otherwise: Mapping[str, int] = {}
    of_all: bool = True

    @property
    def names(self) -> list[Name]:
        """What it is asked for."""
        return NAMES if self.of_all else SOME

    def sent(self, tag: str) -> dict[str, str]:
        """The fields, once the client holds *tag*."""
        return {name: value.replace("{tag}", tag) for name, value in self.fields.items()}

    def answered(self, who: str) -> int:
        """Status that *who* answers with."""
        return self.otherwise.get(who, self.status)

    def sent_part(self, status: int) -> Part:
        """What is sent with *status*, if it is one piece."""
        return self.parts[0] if status == 206 else (0, SIZE)

    def length(self, status: int) -> int:
        """Bytes of the file that a GET gets with *status*."""
        parts = self.parts if status == 206 else ((0, SIZE),)
        return sum(stop - start for start, stop in parts)


RANGES = [
    Asked(id="GET"),
    Asked(id="HEAD", method="HEAD"),
    Asked(id="range", fields={"Range": "bytes=100-199"}, status=206, parts=((100, 200),)),
    Asked(id="first byte", of_all=False, fields={"Range": "bytes=0-0"}, status=206, parts=((0, 1),)),
    Asked(id="open range", of_all=False, fields={"Range": "bytes=2500-"}, status=206, parts=((2500, SIZE),)),
    Asked(id="suffix", fields={"Range": "bytes=-500"}, status=206, parts=((SIZE - 500, SIZE),)),
    # Far enough apart that lighttpd, which merges what is close, sends both.
    Asked(
        id="several ranges",
        fields={"Range": "bytes=0-9,2000-2019"},
        status=206,
        parts=((0, 10), (2000, 2020)),
    ),
    # To be ignored (RFC 9110, 14.2); Go's library, which Caddy is made with, takes it for an invalid range.
    Asked(id="range in another unit", of_all=False, fields={"Range": "lines=0-9"}, otherwise={"caddy": 416}),
    Asked(
        id="range that ends too late",
        of_all=False,
        fields={"Range": "bytes=2900-9999"},
        status=206,
        parts=((2900, SIZE),),
    ),
    Asked(
        id="several ranges, none there", of_all=False, fields={"Range": "bytes=3000-3009,4000-"}, status=416
    ),
    Asked(id="accepts compression", of_all=False, fields={"Accept-Encoding": "gzip, deflate, br"}),
    Asked(
        id="range that may be compressed",
        of_all=False,
        fields={"Accept-Encoding": "gzip, deflate, br", "Range": "bytes=100-199"},
        status=206,
        parts=((100, 200),),
    ),
    Asked(id="range that is not there", fields={"Range": f"bytes={SIZE}-"}, status=416),
    # "A server MUST ignore a Range header field received with a request method that is unrecognized or for which range
    # handling is not defined. For this specification, GET is the only method for which range handling is defined."
    # (RFC 9110, 14.2)  nginx, Apache and Caddy answer as if it were a GET.
    Asked(
        id="HEAD with a range",
        of_all=False,
        method="HEAD",
        fields={"Range": "bytes=100-199"},
        otherwise={"nginx": 206, "apache": 206, "caddy": 206},
        parts=((100, 200),),
    ),
]

CONDITIONS = [
    Asked(id="If-None-Match, same", fields={"If-None-Match": "{tag}"}, status=304),
    Asked(
        id="If-None-Match, same of HEAD",
        of_all=False,
        method="HEAD",
        fields={"If-None-Match": "{tag}"},
        status=304,
    ),
    Asked(id="If-None-Match, other", fields={"If-None-Match": '"other"'}),
    Asked(
        id="If-None-Match, among others", of_all=False, fields={"If-None-Match": '"other", {tag}'}, status=304
    ),
    # "A recipient MUST use the weak comparison function when comparing entity tags for If-None-Match" (RFC 9110,
    # 13.1.2), and the strong one for If-Match and If-Range (13.1.1, 13.1.5).
    Asked(id="If-None-Match, same but weak", of_all=False, fields={"If-None-Match": "W/{tag}"}, status=304),
    Asked(id="If-Match, same but weak", of_all=False, fields={"If-Match": "W/{tag}"}, status=412),
    Asked(id="If-None-Match, any", of_all=False, fields={"If-None-Match": "*"}, status=304),
    # Apache and lighttpd do not look at tags that Django has compared already; lighttpd knows no If-Match at all.
    Asked(id="If-Match, same", fields={"If-Match": "{tag}"}),
    Asked(id="If-Match, stale", fields={"If-Match": '"stale"'}, status=412),
    Asked(id="If-Match, any", of_all=False, fields={"If-Match": "*"}),
    Asked(id="If-Modified-Since, same", fields={"If-Modified-Since": date(MODIFIED)}, status=304),
    # nginx would compare for equality; the configuration that is printed has "if_modified_since before".
    Asked(
        id="If-Modified-Since, an hour later",
        fields={"If-Modified-Since": date(MODIFIED + HOUR)},
        status=304,
    ),
    Asked(
        id="If-Modified-Since, an hour before",
        of_all=False,
        fields={"If-Modified-Since": date(MODIFIED - HOUR)},
    ),
    Asked(id="If-Unmodified-Since, same", of_all=False, fields={"If-Unmodified-Since": date(MODIFIED)}),
    Asked(
        id="If-Unmodified-Since, an hour before",
        fields={"If-Unmodified-Since": date(MODIFIED - HOUR)},
        status=412,
    ),
    Asked(
        id="If-None-Match goes before If-Modified-Since",
        of_all=False,
        fields={"If-None-Match": '"other"', "If-Modified-Since": date(MODIFIED)},
    ),
    Asked(
        id="If-Match, stale, goes before Range",
        of_all=False,
        fields={"If-Match": '"stale"', "Range": "bytes=0-9"},
        status=412,
    ),
]

CONDITIONAL_RANGES = [
    Asked(
        id="If-Range, same tag",
        fields={"If-Range": "{tag}", "Range": "bytes=100-199"},
        status=206,
        parts=((100, 200),),
    ),
    Asked(
        id="If-Range, same date",
        fields={"If-Range": date(MODIFIED), "Range": "bytes=100-199"},
        status=206,
        parts=((100, 200),),
    ),
    Asked(id="If-Range, stale tag", fields={"If-Range": '"stale"', "Range": "bytes=100-199"}),
    Asked(
        id="If-Range, same tag but weak",
        of_all=False,
        fields={"If-Range": "W/{tag}", "Range": "bytes=100-199"},
    ),
    Asked(
        id="If-Range, an hour later",
        of_all=False,
        fields={"If-Range": date(MODIFIED + HOUR), "Range": "bytes=100-199"},
    ),
    Asked(
        id="If-Range, stale date",
        fields={"If-Range": date(MODIFIED - HOUR), "Range": "bytes=100-199"},
    ),
    Asked(
        id="If-Range, stale, goes before a range that is not there",
        of_all=False,
        fields={"If-Range": '"stale"', "Range": f"bytes={SIZE}-"},
    ),
]

ASKED = [*RANGES, *CONDITIONS, *CONDITIONAL_RANGES]
