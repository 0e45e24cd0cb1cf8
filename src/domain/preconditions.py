"""Preconditions, in the order in which they count (RFC 9110, 13.2.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from downloadable.domain.entity_tags import ANY, AnyTag, EntityTag
from downloadable.domain.policy import ServingPolicy
from downloadable.domain.request import DownloadRequest
from downloadable.domain.resource import Resource

__all__ = ["evaluate_preconditions", "range_applies"]

NOT_MODIFIED = 304
PRECONDITION_FAILED = 412


def evaluate_preconditions(resource: Resource, policy: ServingPolicy, asked: DownloadRequest) -> int | None:
    """
    Follow steps 1 to 4 of RFC 9110, 13.2.2; step 5 is :func:`range_applies`.

    Returns:
        The status that ends the matter, 304 or 412, or ``None`` to go on.
    """
    # The conditions speak of the target before the method acts on it (13.2.1); what a POST has made is not that.
    if asked.method not in ("GET", "HEAD"):
        return None
    # If-Match outranks If-Unmodified-Since, and If-None-Match outranks If-Modified-Since, wherever they are present
    # (13.1.3 and 13.1.4): also if what they say makes no sense.
    if asked.if_match is not None:
        if not matches_strongly(asked.if_match, resource.entity_tag):
            return PRECONDITION_FAILED
    elif changed_since(asked.if_unmodified_since, resource.last_modified):
        return PRECONDITION_FAILED
    if asked.if_none_match is not None:
        return NOT_MODIFIED if matches_weakly(asked.if_none_match, resource.entity_tag) else None
    if asked.if_modified_since is None:
        return None
    if policy.not_modified is not None:
        return NOT_MODIFIED if policy.not_modified else None
    return NOT_MODIFIED if unchanged_since(asked.if_modified_since, resource.last_modified) else None


def matches_strongly(listed: tuple[EntityTag, ...] | AnyTag, current: EntityTag | None) -> bool:
    # "If the field value is "*", the condition is true if the origin server has a current representation for the
    # target resource.  [...] if any of the listed tags match the entity tag of the selected representation."
    # "Otherwise, the condition is false."  "An origin server MUST use the strong comparison function when comparing
    # entity tags for If-Match [...]"  (13.1.1)
    if listed is ANY:
        return True
    return current is not None and any(tag.matches_strongly(current) for tag in listed)


def matches_weakly(listed: tuple[EntityTag, ...] | AnyTag, current: EntityTag | None) -> bool:
    # "A recipient MUST use the weak comparison function when comparing entity tags for If-None-Match [...]"  (13.1.2)
    if listed is ANY:
        return True
    return current is not None and any(tag.matches_weakly(current) for tag in listed)


def changed_since(moment: datetime | None, last_modified: datetime | None) -> bool:
    # "A recipient MUST ignore the If-Unmodified-Since header field if the resource does not have a modification date
    # available."  (13.1.4)
    return moment is not None and last_modified is not None and last_modified > moment


def unchanged_since(moment: datetime, last_modified: datetime | None) -> bool:
    # "A recipient MUST ignore the If-Modified-Since header field if the resource does not have a modification date
    # available."  (13.1.3)
    return last_modified is not None and last_modified <= moment


def range_applies(resource: Resource, asked: DownloadRequest, now: datetime) -> bool:
    """Follow step 5 of RFC 9110, 13.2.2: does what the client already holds belong to the present content (13.1.5)?"""
    if not asked.has_if_range:
        return True
    if isinstance(asked.if_range, EntityTag):
        return resource.entity_tag is not None and asked.if_range.matches_strongly(resource.entity_tag)
    if asked.if_range is None or resource.last_modified is None:
        return False
    # "If the HTTP-date validator provided is not a strong validator in the sense defined by Section 8.8.2.2, the
    # condition is false.  [...] if the HTTP-date validator provided exactly matches the Last-Modified field value for
    # the selected representation, the condition is true."  (13.1.5)  A date is strong once its second is over.
    return asked.if_range == resource.last_modified and resource.last_modified + timedelta(seconds=1) <= now
