"""What was found out."""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import frozen

__all__ = ["Culprit", "Finding", "Part", "Verdict", "failed", "right", "unknown"]

Part: TypeAlias = Literal["storage", "Django", "server", "together"]
"""What was asked: the storage alone, Django alone, the server alone, or all together."""

Culprit: TypeAlias = Literal["storage", "Django settings", "server", "network"]
"""Where the mistake is."""

Verdict: TypeAlias = Literal["ok", "failed", "unknown"]
"""``"unknown"``: it cannot be found out from here."""


@frozen(kw_only=True)
class Finding:
    """
    The answer to one question.

    Args:
        place: What it is about: a root or a storage; empty if about none of them.

        what: What was seen, in a sentence.

        culprit: Who is to blame, if it is not as it should be.

        mend: What to do then.
    """

    part: Part
    place: str
    verdict: Verdict
    what: str
    culprit: Culprit | None = None
    mend: str = ""


def right(part: Part, place: str, what: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(part=part, place=place, verdict="ok", what=what)


def failed(part: Part, place: str, what: str, culprit: Culprit, mend: str) -> Finding:
    """Say that something is not, and why."""
    return Finding(part=part, place=place, verdict="failed", what=what, culprit=culprit, mend=mend)


def unknown(part: Part, place: str, what: str) -> Finding:
    """Say what cannot be found out."""
    return Finding(part=part, place=place, verdict="unknown", what=what)
