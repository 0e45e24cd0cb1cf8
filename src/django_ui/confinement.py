"""Content-Security-Policy: what confines a file that is shown is sent beside the site's own, and weakens neither."""

from __future__ import annotations

from django.http.response import ResponseHeaders

from downloadable.domain import Plan

__all__ = ["POLICY", "ConfinedHeaders", "confine", "joined"]

POLICY = "content-security-policy"


class ConfinedHeaders(ResponseHeaders):
    """
    Header fields in which our Content-Security-Policy keeps nobody from setting the site's: both are sent.

    As long as it stands alone, it can be read and removed, but who asks whether there is one, be it by ``setdefault``,
    hears that there is none.

    Args:
        fields: Whose fields these are as well.

        plan: Says which policy is ours.
    """

    def __init__(self, fields: ResponseHeaders, plan: Plan) -> None:
        self._store = fields._store
        self._ours = plan.header(POLICY)

    def __contains__(self, name: object) -> bool:
        key = str(name).lower()
        stored = self._store.get(key)
        return stored is not None and (key != POLICY or stored[1] != self._ours)


def joined(theirs: str, ours: str | None) -> str:
    """
    Return a field that has both policies, unless *theirs* has ours already.

    Browsers enforce each policy of a list, so that what one of them forbids is forbidden (CSP Level 3, 2.2 and 8.1).
    """
    if ours is None or theirs == ours or f", {ours}, " in f", {theirs}, ":
        return theirs
    return f"{theirs}, {ours}"


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
