"""What to ask of an origin, and what its answers mean (RFC 9110). Does no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from attrs import evolve, frozen

from downloadable.domain import (
    ANY,
    ByteRange,
    ContentChanged,
    ContentInvalid,
    DownloadRequest,
    EntityTag,
    Resource,
    ServingPolicy,
    decide,
    format_http_date,
    parse_http_date,
)

__all__ = [
    "MEANINGFUL",
    "Answer",
    "body_of",
    "further_fields",
    "long_unchanged",
    "retry_after",
    "sent_along",
    "tells_versions_apart",
    "understood",
]

OK, PARTIAL, NOT_MODIFIED, PRECONDITION_FAILED, UNSATISFIABLE = MEANINGFUL = (200, 206, 304, 412, 416)

LENGTH = re.compile(r"([0-9]{1,19})(?:[ \t]*,[ \t]*\1)*")
CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19})", re.IGNORECASE)
UNSATISFIED_RANGE = re.compile(r"bytes \*/([0-9]{1,19})", re.IGNORECASE)

SECONDS = re.compile(r"[0-9]{1,9}")
LONGEST_WAIT = 24 * 60 * 60

APART = timedelta(seconds=60)
"""How long before an answer its Last-Modified must be, to be a strong validator whatever clocks they come from."""

HANDED_OVER = ("X-Accel-Redirect", "X-Sendfile")
"""By these, an application tells the server in front of it which file to send."""

Fields = Mapping[str, str]
"""Header fields, found by their name in any case."""


@frozen
class Answer:
    """
    What an answer says of the complete content.

    Args:
        resource: The facts. After a 304 or 416 only those that the same verdict needs.

        body: Which bytes of the content the answer carries; ``None`` if none.

        pinned: Whether a further request can be for exactly this content: it has a strong validator.
    """

    resource: Resource
    body: ByteRange | None = None
    pinned: bool = False


def sent_along(asked: DownloadRequest) -> dict[str, str]:
    """
    Spell what an origin may answer in our place: conditions that end in 304, and one range.

    If-Match and If-Unmodified-Since stay here: a 412 would tell no validators.
    """
    fields: dict[str, str] = {}
    if asked.method not in ("GET", "HEAD"):
        return fields
    tags = asked.if_none_match
    if tags is ANY:
        fields["If-None-Match"] = "*"
    elif tags:
        fields["If-None-Match"] = ", ".join(map(str, tags))
    elif tags is None and asked.if_modified_since is not None:
        fields["If-Modified-Since"] = format_http_date(asked.if_modified_since)
    if asked.ranges is None or asked.method != "GET":
        return fields
    # "A client MUST NOT generate an If-Range header field containing an entity tag that is marked as weak."
    # (RFC 9110, 13.1.5)  Such a condition is false, and so is one that cannot be read: the whole is asked for.
    if isinstance(asked.if_range, EntityTag) and not asked.if_range.weak:
        fields["If-Range"] = str(asked.if_range)
    elif isinstance(asked.if_range, datetime):
        fields["If-Range"] = format_http_date(asked.if_range)
    elif asked.has_if_range:
        return fields
    fields["Range"] = f"bytes={asked.ranges[0]}"
    return fields


def understood(name: str, status: int, fields: Fields, asked: DownloadRequest) -> Answer | None:
    """
    Say what an answer to *asked* tells of the content called *name*.

    Returns:
        ``None`` if it does not tell enough, so that everything has to be asked for.

    Raises:
        ContentInvalid: If it answers what was not asked, cannot be read, or was for a server in front of the origin.
    """
    if any(name in fields for name in HANDED_OVER):
        raise ContentInvalid("The origin left its body to a server in front of it, which was not asked.")
    sent = sent_along(asked)
    if status == OK:
        resource = complete(name, fields)
        # An origin that ignores ranges, whatever it announces, would only send all of it again.
        if "Range" in sent and "If-Range" not in sent:
            resource = evolve(resource, seekable=False)
        return Answer(resource, ByteRange(0, resource.size), is_pinned(resource, fields))
    if status == PARTIAL and "Range" in sent:
        return partial(name, fields, asked)
    if status == NOT_MODIFIED and not sent.keys().isdisjoint(("If-None-Match", "If-Modified-Since")):
        return not_modified(name, fields, asked)
    if status == UNSATISFIABLE and "Range" in sent:
        return unsatisfiable(name, fields, asked)
    raise ContentInvalid(f"The origin answered {status} to a request that did not ask for it.")


def complete(name: str, fields: Fields) -> Resource:
    units = fields.get("Accept-Ranges", "").lower().split(",")
    seekable = "bytes" in (unit.strip(" \t") for unit in units)
    return facts(name, fields, size=content_length(fields), seekable=seekable)


def partial(name: str, fields: Fields, asked: DownloadRequest) -> Answer | None:
    found = content_range(fields)
    if found is None or not asked.ranges:
        return None
    body, size = found
    if asked.ranges[0].within(size) != body or content_length(fields) not in (None, body.length):
        return None
    resource = facts(name, fields, size=size)
    # A 206 has to name the ETag (RFC 9110, 15.3.7). One that does not may come from an origin that ignores If-Range,
    # and the client would put parts of two contents together.
    if asked.if_range not in (None, resource.entity_tag, resource.last_modified):
        return None
    return Answer(resource, body, is_pinned(resource, fields))


def is_pinned(resource: Resource, fields: Fields) -> bool:
    """Tell whether equal validators promise equal bytes (RFC 9110, 8.8.1 and 8.8.2.2)."""
    if resource.entity_tag is not None:
        return not resource.entity_tag.weak
    return long_unchanged(resource.last_modified, parse_http_date(fields.get("Date", "")))


def tells_versions_apart(facts: Resource) -> bool:
    """
    Tell whether a file with the same *facts*, which a store has told just now, has the same bytes.

    Unlike an origin's, a weak entity tag is one of ours: made of size and time of change, it tells no more than these.
    """
    tag = facts.entity_tag
    return (tag is not None and not tag.weak) or long_unchanged(facts.last_modified, datetime.now(UTC))


def long_unchanged(last_modified: datetime | None, at: datetime | None) -> bool:
    """Tell whether a time of change was so long before it was told, *at* some time, that it tells versions apart."""
    # Within the second of the last change, there could be another; and the clocks that tell may be two.
    return last_modified is not None and at is not None and at - last_modified >= APART


def not_modified(name: str, fields: Fields, asked: DownloadRequest) -> Answer | None:
    resource = validators(name, fields)
    # A validator that is not repeated is the one that was sent, if that was one only.
    tags = asked.if_none_match
    if tags is None:
        resource = evolve(resource, last_modified=resource.last_modified or asked.if_modified_since)
    elif tags is not ANY and len(tags) == 1:
        resource = evolve(resource, entity_tag=resource.entity_tag or tags[0])
    return agreed(resource, asked, NOT_MODIFIED)


def unsatisfiable(name: str, fields: Fields, asked: DownloadRequest) -> Answer | None:
    found = UNSATISFIED_RANGE.fullmatch(fields.get("Content-Range", ""))
    if found is None:
        return None
    resource = evolve(validators(name, fields), size=int(found[1]))
    return agreed(resource, asked, UNSATISFIABLE)


def agreed(resource: Resource, asked: DownloadRequest, status: int) -> Answer | None:
    """Trust a verdict of the origin only if these facts lead to the same one here."""
    return Answer(resource) if decide(resource, ServingPolicy(), asked).status == status else None


def further_fields(described: Resource, wanted: ByteRange) -> dict[str, str]:
    """Spell a request for some bytes of exactly the content that was described."""
    fields: dict[str, str] = {}
    if described.entity_tag is not None and not described.entity_tag.weak:
        fields["If-Match"] = str(described.entity_tag)
    elif described.last_modified is not None:
        fields["If-Unmodified-Since"] = format_http_date(described.last_modified)
    if described.seekable and wanted != ByteRange(0, described.size):
        last = "" if wanted.stop is None else wanted.stop - 1
        fields["Range"] = f"bytes={wanted.start}-{last}"
    return fields


def body_of(status: int, fields: Fields, described: Resource, wanted: ByteRange) -> ByteRange:
    """
    Say which bytes the answer to :func:`further_fields` carries: those wanted, or all if the range was ignored.

    Raises:
        ContentChanged: If they are not of the content that was described.

        ContentInvalid: If the answer makes no sense.
    """
    if status in (PRECONDITION_FAILED, UNSATISFIABLE):
        raise ContentChanged(f"{described.name!r} is no longer what was described: the origin says {status}.")
    if status == OK:
        body = ByteRange(0, content_length(fields))
        size, expected = body.stop, body
    elif status == PARTIAL and (found := content_range(fields)) is not None:
        body, size = found
        if content_length(fields) not in (None, body.length):
            raise ContentInvalid(f"The origin sent {body} of {described.name!r} in another length.")
        expected = ByteRange(wanted.start, min(wanted.stop or found[1], found[1]))
    else:
        raise ContentInvalid(f"The origin answered {status} to a request for {described.name!r}.")
    now = validators(described.name, fields)
    if (
        described.entity_tag not in (None, now.entity_tag)
        or described.last_modified not in (None, now.last_modified)
        # Some servers compress what they send, and leave the tag as it is.
        or coding_of(described.content_encoding) != coding_of(fields.get("Content-Encoding"))
        or (described.size is not None and size not in (None, described.size))
    ):
        raise ContentChanged(f"{described.name!r} is no longer what was described.")
    if body != expected:
        raise ContentInvalid(f"The origin was asked for {expected} of {described.name!r} and sent {body}.")
    return body


def retry_after(fields: Fields, now: datetime | None = None) -> int | None:
    """Read Retry-After (RFC 9110, 10.2.3) as seconds, a day at most."""
    text = fields.get("Retry-After", "").strip(" \t")
    if SECONDS.fullmatch(text):
        return min(int(text), LONGEST_WAIT)
    moment = parse_http_date(text)
    if moment is None:
        return None
    seconds = (moment - (datetime.now(UTC) if now is None else now)).total_seconds()
    return max(0, min(int(seconds), LONGEST_WAIT))


def validators(name: str, fields: Fields) -> Resource:
    """Read what an answer without the content may tell of it: its other fields speak of the answer itself."""
    tag, modified = fields.get("ETag"), fields.get("Last-Modified")
    return Resource(
        name=name,
        entity_tag=None if tag is None else EntityTag.parse(tag),
        last_modified=None if modified is None else parse_http_date(modified),
    )


def facts(name: str, fields: Fields, *, size: int | None, seekable: bool = True) -> Resource:
    return evolve(
        validators(name, fields),
        size=size,
        content_type=fields.get("Content-Type"),
        content_encoding=fields.get("Content-Encoding"),
        seekable=seekable,
    )


def coding_of(content_encoding: str | None) -> str:
    # "All content codings are case-insensitive [...]"  (RFC 9110, 8.4.1)
    return (content_encoding or "").lower()


def content_range(fields: Fields) -> tuple[ByteRange, int] | None:
    """Read Content-Range (RFC 9110, 14.4): the bytes, and how many there are in all; ``None`` if it makes no sense."""
    found = CONTENT_RANGE.fullmatch(fields.get("Content-Range", ""))
    # "[...] a server MUST NOT generate a Content-Range header field in the HTTP header section of a multiple part
    # response [...]"  (RFC 9110, 15.3.7.2)  The framing of the parts would pass for the content.
    if found is None or fields.get("Content-Type", "").lower().startswith("multipart/byteranges"):
        return None
    first, last, size = map(int, found.groups())
    return (ByteRange(first, last + 1), size) if first <= last < size else None


def content_length(fields: Fields) -> int | None:
    # "If a message is received with both a Transfer-Encoding and a Content-Length header field, the Transfer-Encoding
    # overrides the Content-Length."  (RFC 9112, 6.3)
    text, coding = fields.get("Content-Length"), fields.get("Transfer-Encoding")
    # Chunks are all that http.client takes apart; of any other coding, the framing would pass for the content.
    if coding is not None and coding.lower() != "chunked":
        raise ContentInvalid(f"Transfer-Encoding cannot be {coding!r}.")
    if text is None or coding is not None:
        return None
    found = LENGTH.fullmatch(text.strip(" \t"))
    # "If the [...] message is received by a proxy, the proxy MUST close the connection to the server, discard the
    # received response, and send a 502 (Bad Gateway) response to the client."  (RFC 9112, 6.3)
    if found is None:
        raise ContentInvalid(f"Content-Length cannot be {text!r}.")
    return int(found[1])
