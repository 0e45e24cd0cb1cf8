"""Content-Security-Policy: what confines a file that is shown is sent beside the site's own, and weakens neither."""

from __future__ import annotations

from django.http.response import ResponseHeaders

from downloadable.domain import Plan

__all__ = ["POLICY", "confine", "joined", "may_be_joined"]

POLICY = "content-security-policy"


def joined(theirs: str, ours: str | None) -> str:
    """
    Return a field that has both policies, unless *theirs* has ours already.

    Browsers enforce each policy of a list, so that what one of them forbids is forbidden (CSP Level 3, 2.2 and 8.1).
    """
    if ours is None or theirs == ours or f", {ours}, " in f", {theirs}, ":
        return theirs
    return f"{theirs}, {ours}"


def may_be_joined(headers: ResponseHeaders, plan: Plan) -> bool:
    """Tell whether the field that is set is ours alone."""
    return headers[POLICY] == plan.header(POLICY)


def confine(headers: ResponseHeaders, plan: Plan) -> None:
    """Bring our policy back if a middleware has set its own in place of it; to drop it is to switch it off."""
    # Most answers have none, and asking the mapping itself would raise and catch an error for each.
    stored = headers._store.get(POLICY)
    if stored is None:
        return
    theirs = stored[1]
    both = joined(theirs, plan.header(POLICY))
    if both != theirs:
        headers["Content-Security-Policy"] = both
