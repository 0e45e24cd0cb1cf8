"""``decide()``: from facts, policy and request to the answer. Pure and total: no text in any field makes it raise."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache

from attrs import evolve

from downloadable.domain.byte_ranges import ByteRange, select_ranges
from downloadable.domain.disposition import spelt_disposition
from downloadable.domain.http_dates import format_http_date
from downloadable.domain.media_types import (
    CONFINED,
    OCTET_STREAM,
    confinement,
    essence,
    guess_media_type,
    is_content_coding,
    is_media_type,
    with_charset,
)
from downloadable.domain.multipart import framed, random_boundary
from downloadable.domain.plan import Headers, Plan, length_of
from downloadable.domain.policy import ServingPolicy
from downloadable.domain.preconditions import evaluate_preconditions, range_applies
from downloadable.domain.request import PLAIN_GET, DownloadRequest
from downloadable.domain.resource import Resource

__all__ = ["decide"]


def decide(
    resource: Resource,
    policy: ServingPolicy,
    asked: DownloadRequest,
    *,
    now: datetime | None = None,
    new_boundary: Callable[[], str] = random_boundary,
) -> Plan:
    """
    Decide what to answer.

    Args:
        resource: What is known about the complete content.

        policy: How the site wants it served.

        asked: What the client asked.

        now: The present, aware; by default the system's clock says.

        new_boundary: Makes the delimiter of a multipart body; must be unguessable for whoever wrote the content.

    Returns:
        A plan whose Content-Length, where there is one, is exactly the sum of its segments; for HEAD the same fields
        without a body.
    """
    now = datetime.now(UTC) if now is None else now
    resource = announced(resource, policy, now)
    if asked is PLAIN_GET:
        return full(resource, policy)  # as what follows comes to, for nearly every client
    asked = asked if policy.validators else asked.unconditional()
    verdict = evaluate_preconditions(resource, policy, asked)
    if verdict is not None:
        return refused(verdict, resource, policy)
    ranges = wanted_ranges(resource, policy, asked, now)
    if ranges is None:
        plan = full(resource, policy)
    elif not ranges:
        plan = not_satisfiable(resource, policy)
    elif len(ranges) == 1:
        plan = partial(resource, policy, ranges[0])
    else:
        plan = multipart(resource, policy, ranges, new_boundary())
    return plan.without_body() if asked.method == "HEAD" else plan


def announced(resource: Resource, policy: ServingPolicy, now: datetime) -> Resource:
    """Keep the validators that this policy lets the client see; only these are ever compared."""
    if not policy.validators:
        if resource.entity_tag is None and resource.last_modified is None:
            return resource
        return evolve(resource, entity_tag=None, last_modified=None)
    if resource.last_modified is None:
        return resource
    if policy.not_modified is False:
        return evolve(resource, last_modified=None)
    # "If the last modification time is derived from implementation-specific metadata that evaluates to some time in
    # the future, according to the origin server's clock, then the origin server MUST replace that value with the
    # message origination date."  (RFC 9110, 8.8.2.1)
    return evolve(resource, last_modified=now) if resource.last_modified > now else resource


def wanted_ranges(
    resource: Resource, policy: ServingPolicy, asked: DownloadRequest, now: datetime
) -> tuple[ByteRange, ...] | None:
    """Say what of the content is asked for: ``None`` all of it, ``()`` nothing that exists, else these ranges."""
    if asked.ranges is None or resource.size is None or not accepts_ranges(resource, policy):
        return None
    if not range_applies(resource, asked, now):
        return None
    return select_ranges(asked.ranges, resource.size, policy.max_ranges)


def accepts_ranges(resource: Resource, policy: ServingPolicy) -> bool:
    return resource.seekable and resource.size is not None and policy.max_ranges > 0


@lru_cache(maxsize=256)
def full(resource: Resource, policy: ServingPolicy) -> Plan:
    """Answer with the whole; recent answers are remembered: many clients ask for few files."""
    media_type = media_type_of(resource, policy)
    headers = representation_headers(resource, policy, media_type, media_type, resource.size)
    return Plan(200, headers, (ByteRange(0, resource.size),))


def partial(resource: Resource, policy: ServingPolicy, part: ByteRange) -> Plan:
    """Answer with one range: as with the whole, but for its length, and where it belongs (RFC 9110, 15.3.7.1)."""
    assert resource.size is not None
    length = ("Content-Length", str(part.length))
    headers = [length if field[0] == length[0] else field for field in full(resource, policy).headers]
    return Plan(206, (*headers, ("Content-Range", part.content_range(resource.size))), (part,))


def multipart(
    resource: Resource, policy: ServingPolicy, ranges: tuple[ByteRange, ...], boundary: str
) -> Plan:
    """Answer several ranges, or the whole if that is shorter or the parts could not be told from it."""
    assert resource.size is not None
    # Content-Encoding beside multipart/byteranges would speak of the framing, not of the parts.
    if content_encoding_of(resource, policy) is not None:
        return full(resource, policy)
    media_type = media_type_of(resource, policy)
    body = framed(ranges, resource.size, media_type, boundary)
    length = length_of(body)
    if length is None or length >= resource.size:
        return full(resource, policy)
    # Content-Range stands in each part and never in the header section of a multipart answer (RFC 9110, 15.3.7.2).
    sent_type = f"multipart/byteranges; boundary={boundary}"
    return Plan(206, representation_headers(resource, policy, sent_type, media_type, length), body)


def not_satisfiable(resource: Resource, policy: ServingPolicy) -> Plan:
    plan = refused(416, resource, policy)
    # "A server that generates a 416 response to a byte-range request SHOULD generate a Content-Range header field
    # specifying the current length of the selected representation (Section 14.4)."  (RFC 9110, 15.5.17)
    return evolve(
        plan,
        headers=(*plan.headers, ("Accept-Ranges", "bytes"), ("Content-Range", f"bytes */{resource.size}")),
    )


def refused(status: int, resource: Resource, policy: ServingPolicy) -> Plan:
    """Answer without the content. A 304 says nothing about a body (RFC 9110, 15.4.5); the others have an empty one."""
    headers = (*validator_headers(resource), *caching_headers(policy))
    if status != 304:
        return Plan(status, (*headers, ("Content-Length", "0")))
    # What a cache has stored takes over the fields of a 304 (RFC 9111, 3.2), and a site may set the same field on each
    # answer: its own alone would then take the place of ours.
    if policy.attachment or policy.content_security_policy is None:
        return Plan(status, headers)
    return Plan(status, headers + confining_headers(policy, media_type_of(resource, policy)))


def representation_headers(
    resource: Resource,
    policy: ServingPolicy,
    sent_type: str,
    media_type: str,
    length: int | None,
) -> Headers:
    headers = [("Content-Type", sent_type)]
    if length is not None:
        headers.append(("Content-Length", str(length)))
    headers.append(("Content-Disposition", disposition_of(resource, policy, media_type)))
    coding = content_encoding_of(resource, policy)
    if coding is not None:
        headers.append(("Content-Encoding", coding))
    headers += validator_headers(resource)
    headers.append(("Accept-Ranges", "bytes" if accepts_ranges(resource, policy) else "none"))
    headers += caching_headers(policy)
    if policy.nosniff:
        headers.append(("X-Content-Type-Options", "nosniff"))
    headers += confining_headers(policy, media_type)
    if resource.digests:
        headers.append(("Repr-Digest", spelt_digests(resource.digests)))
    return tuple(headers)


def validator_headers(resource: Resource) -> Headers:
    tag = () if resource.entity_tag is None else (("ETag", str(resource.entity_tag)),)
    if resource.last_modified is None:
        return tag
    return (*tag, ("Last-Modified", format_http_date(resource.last_modified)))


def caching_headers(policy: ServingPolicy) -> Headers:
    return () if policy.cache_control is None else (("Cache-Control", policy.cache_control),)


def confining_headers(policy: ServingPolicy, media_type: str) -> Headers:
    value = policy.content_security_policy
    if value is None or not is_shown(policy, media_type):
        return ()
    return (("Content-Security-Policy", confinement(essence(media_type)) if value == CONFINED else value),)


def media_type_of(resource: Resource, policy: ServingPolicy) -> str:
    media_type = policy.content_type or resource.content_type
    if media_type is None:
        media_type = guessed_type(resource.name, policy.basename or "", resource.charset)
    elif not is_media_type(media_type):
        media_type = OCTET_STREAM
    charset = policy.charset or resource.charset
    if charset is None:
        return media_type
    completed = with_charset(media_type, charset)
    return completed if is_media_type(completed) else media_type


def guessed_type(name: str, basename: str, charset: str | None) -> str:
    """Guess from the file's own name, then from the one that it gets at the client."""
    if charset and not name and not basename:
        return "text/plain"
    media_type = guess_media_type(name)
    return media_type if media_type != OCTET_STREAM else guess_media_type(basename)


def content_encoding_of(resource: Resource, policy: ServingPolicy) -> str | None:
    coding = policy.content_encoding or resource.content_encoding
    # "identity" is reserved for Accept-Encoding (RFC 9110, 8.4).
    if coding is None or coding.lower() == "identity" or not is_content_coding(coding):
        return None
    return coding


def disposition_of(resource: Resource, policy: ServingPolicy, media_type: str) -> str:
    kind = "inline" if is_shown(policy, media_type) else "attachment"
    return spelt_disposition(kind, policy.basename or resource.name, clean=policy.clean_names)


def is_shown(policy: ServingPolicy, media_type: str) -> bool:
    return not policy.attachment and essence(media_type) in policy.inline_types


def spelt_digests(digests: Iterable[tuple[str, bytes]]) -> str:
    """Spell digests as a dictionary of byte sequences (RFC 9530, 3; RFC 8941, 3.2)."""
    return ", ".join(f"{algorithm}=:{b64encode(digest).decode()}:" for algorithm, digest in digests)
