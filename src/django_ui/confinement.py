"""Header fields as a plan has them; what confines a file that is shown is sent beside the site's own policy."""

from __future__ import annotations

from typing import Any

from django.http.response import ResponseHeaders

from downloadable.domain import Plan

__all__ = ["POLICY", "PlannedHeaders", "confine", "joined"]

POLICY = "content-security-policy"


class PlannedHeaders(ResponseHeaders):
    """
    The header fields of a plan, taken as they are: to look at each again would cost more than all else here.

    Our Content-Security-Policy keeps nobody from setting the site's: both are sent. As long as it stands alone, it can
    be read and removed, but who asks whether there is one, be it by ``setdefault``, hears that there is none.

    Args:
        plan: Whose fields these are; whatever is set later is looked at as ever.
    """

    def __init__(self, plan: Plan) -> None:
        self._store = dict(plan.fields)
        ours = self._store.get(POLICY)
        self._ours = None if ours is None else ours[1]

    def items(self) -> Any:
        """Return the fields, each as it was set: looking each up by its name would cost as much as setting it."""
        return self._store.values()

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
