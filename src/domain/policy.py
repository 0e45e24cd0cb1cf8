"""How we want a content served, whatever it is and whoever asks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from types import NoneType
from typing import Any

from attrs import evolve, field, fields, frozen

from downloadable.domain.errors import PolicyError
from downloadable.domain.media_types import CONFINED, INLINE_SAFE, is_content_coding, is_media_type
from downloadable.domain.request import DownloadRequest

__all__ = ["ServingPolicy"]

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
FIELD_VALUE = re.compile(r"[!-~](?:[ \t!-~]*[!-~])?")


def types_of(types: Iterable[str]) -> frozenset[str]:
    if isinstance(types, str):
        raise PolicyError(f"inline_types={types!r} is one text, not a set of types such as {{{types!r}}}.")
    if not isinstance(types, Iterable):
        raise PolicyError(f"inline_types={types!r} must be a set of types such as {{'image/png'}}.")
    return frozenset(types)


def text_of(name: object) -> str | None:
    """Take anything that is a text once it is needed, such as a translation or a path, for its text."""
    return name if name is None or isinstance(name, str) else str(name)


TEXT = (str, NoneType)
KINDS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("attachment", (bool,)),
    ("clean_names", (bool,)),
    ("content_type", TEXT),
    ("content_encoding", TEXT),
    ("charset", TEXT),
    ("cache_control", TEXT),
    ("validators", (bool,)),
    ("not_modified", (bool, NoneType)),
    ("nosniff", (bool,)),
    ("content_security_policy", TEXT),
    ("max_ranges", (int,)),
)


@frozen(kw_only=True, cache_hash=True)
class ServingPolicy:
    """
    What the site decides about an answer; every default is the careful choice.

    Args:
        attachment: Save the file (``True``) or show it in the browser (``False``).

        basename: Name of the file at the client; ``None`` takes the resource's. Sent with inline files, too.

        clean_names: Whether names lose what misleads people or Windows: unseen and bidi characters, dots and spaces at
            the end, colons, and names of devices. Without, a name still has no directory, no control character, and
            240 bytes at most.

        content_type: Media type to send in place of the resource's.

        content_encoding: Codings to announce in place of the resource's.

        charset: Added to ``text/*`` types that name none.

        cache_control: Value of Cache-Control; ``None`` sends none. By default a private cache may keep the file but
            asks again each time, so that a withdrawn permission takes effect and a 304 is cheap.

        validators: Whether ETag and Last-Modified are sent and compared. Without, nothing is ever answered with 304 or
            412, and a range with an If-Range field gets the whole.

        not_modified: The site's own answer to If-Modified-Since, in place of the comparison of dates. When it is
            ``False``, Last-Modified is not sent either, or a middleware would compare it after all.

        nosniff: Whether to send ``X-Content-Type-Options: nosniff``: without, an upload may be run as what it is not.

        content_security_policy: Value of Content-Security-Policy for what is shown inline; ``None`` sends none. By
            default nothing that is shown can run a script, load anything, or act in the origin of the site, even if
            *inline_types* lets it be shown; PDF, sounds and videos get the strictest policy under which browsers show
            them. Any other value is sent for each type. What is saved has none: it is no document of the browser.

        inline_types: What may be shown inline, as ``type/subtype`` in lower case: by default nothing that can script.
            Anything else is sent as an attachment although inline was asked for.

        max_ranges: Most ranges in one answer; a longer set gets the whole (RFC 9110, 17.15). 0 serves no ranges.

    Raises:
        PolicyError: If a value is of another type, or cannot stand in the header field that it is for.
    """

    attachment: bool = True
    basename: str | None = field(default=None, converter=text_of)
    clean_names: bool = True
    content_type: str | None = None
    content_encoding: str | None = None
    charset: str | None = None
    cache_control: str | None = "private, no-cache"
    validators: bool = True
    not_modified: bool | None = None
    nosniff: bool = True
    content_security_policy: str | None = CONFINED
    inline_types: frozenset[str] = field(default=INLINE_SAFE, converter=types_of)
    max_ranges: int = 16

    def __attrs_post_init__(self) -> None:
        for name, kinds in KINDS:
            value = getattr(self, name)
            if not isinstance(value, kinds):
                expected = " or ".join("None" if kind is NoneType else kind.__name__ for kind in kinds)
                raise PolicyError(f"{name}={value!r} must be {expected}.")
        if self.content_type is not None and not is_media_type(self.content_type):
            raise PolicyError(f"content_type={self.content_type!r} is not a media type such as 'text/plain'.")
        if self.content_encoding is not None and not is_content_coding(self.content_encoding):
            raise PolicyError(f"content_encoding={self.content_encoding!r} is not a coding such as 'gzip'.")
        if self.charset is not None and not is_charset(self.charset):
            raise PolicyError(f"charset={self.charset!r} is not a charset such as 'utf-8'.")
        for name in ("cache_control", "content_security_policy"):
            value = getattr(self, name)
            if value is not None and FIELD_VALUE.fullmatch(value) is None:
                raise PolicyError(f"{name}={value!r} cannot stand in a header field.")

    def evolve(self, **fields: Any) -> ServingPolicy:
        """
        Return this policy with *fields* in place of its own.

        Raises:
            PolicyError: If there is no such field, or its value cannot be meant.
        """
        for name in fields:
            if name == "policy":
                raise PolicyError(
                    "A whole policy is the third argument and has no name: download(request, thing, it)."
                )
            if name not in NAMES:
                close = get_close_matches(name, NAMES, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(NAMES)}."
                raise PolicyError(f"A policy has no field {name!r}; {hint}")
        return evolve(self, **fields) if fields else self

    def without_validators(self) -> ServingPolicy:
        """Return this policy for an answer whose validators come from whoever sends the bytes."""
        return evolve(self, validators=False)

    def hint(self, asked: DownloadRequest) -> DownloadRequest:
        """
        Say what a content may send along to an origin of its own.

        A condition that this policy does not compare must not come back as a 304 without facts, and a range that it
        does not serve must not come back as a part.
        """
        if asked.ranges is not None and len(asked.ranges) > self.max_ranges:
            asked = asked.without_range()
        if not self.validators:
            asked = asked.unconditional()
            return asked.without_range() if asked.has_if_range else asked
        if self.not_modified is not None and asked.if_modified_since is not None:
            return evolve(asked, if_modified_since=None)
        return asked

    def settles(self, asked: DownloadRequest) -> bool:
        """Tell whether the site itself has answered this request with 304, whatever the content is."""
        return (
            self.validators
            and self.not_modified is True
            and asked.if_modified_since is not None
            and asked.if_none_match is None
        )


NAMES = tuple(attribute.name for attribute in fields(ServingPolicy))


def is_charset(name: str) -> bool:
    try:
        "".encode(name)  # unlike a look-up, this takes no codec that is none of text, such as "hex"
    except (LookupError, ValueError):
        return False
    return TOKEN.fullmatch(name) is not None
