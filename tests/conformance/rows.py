"""The shape of the conformance table: samples to ask for, and rows that say what must come back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from attrs import evolve, field, frozen

from downloadable.domain import Resource

__all__ = ["THE_PRESENT", "Part", "Row", "Sample"]

Part = tuple[int, int]
"""First byte and the byte after the last."""

THE_PRESENT = "(the present)"
"""Expected of a date field: the second in which the answer was made."""


def frozen_mapping(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(mapping))


@frozen(kw_only=True)
class Sample:
    """
    Something to download.

    Args:
        data: Its bytes.

        resource: What is known of it.

        fields: Every header field of the answer to a plain GET, spelt out.
    """

    data: bytes
    resource: Resource
    fields: Mapping[str, str] = field(converter=frozen_mapping)


@frozen(kw_only=True)
class Row:
    """
    A request, and the answer that it must get.

    Args:
        id: Unique, fit for a URL.

        section: The rule that the answer follows; of RFC 9110 unless it names another.

        of: Name of the sample that is asked for.

        facts: Fields of its resource that are different here.

        policy: Fields of the serving policy that are not the default.

        method: Request method.

        asked: Request header fields.

        now: The present, where the answer depends on it; by default any time after the samples were changed.

        status: Status code of the answer.

        fields: Header fields that a plain GET would get here and the sample's does not list like that; ``None`` for
            those that must be absent. What the status does to the fields is not repeated in each row.

        parts: What a 206 sends: one part as it is, several as multipart/byteranges.

        of_view: Whether the answer is the view's own, given before anything is decided.
    """

    id: str
    section: str
    of: str = "notes"
    facts: Mapping[str, Any] = field(factory=dict, converter=frozen_mapping)
    policy: Mapping[str, Any] = field(factory=dict, converter=frozen_mapping)
    method: str = "GET"
    asked: Mapping[str, str] = field(factory=dict, converter=frozen_mapping)
    now: datetime | None = None
    status: int = 200
    fields: Mapping[str, str | None] = field(factory=dict, converter=frozen_mapping)
    parts: tuple[Part, ...] = ()
    of_view: bool = False

    def resource(self, sample: Sample) -> Resource:
        return evolve(sample.resource, **self.facts)
