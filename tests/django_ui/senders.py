"""Somebody who could send files in Django's place, and files that somebody could send."""

from __future__ import annotations

from typing import Any

from django.core.files import File

from downloadable.domain import Plan
from downloadable.ports import Content, Location, StoredFile
from tests.django_ui.recording import LARGE, RecordingContent
from tests.storages import CountingStorage

__all__ = ["Archive", "Elsewhere", "Sender"]


class Sender:
    """
    A server in front that sends everything that is anywhere.

    Args:
        name: What its field says.

        keeps: Whether it keeps our validators.

        answers: What it says in place of its field; an error is raised.
    """

    def __init__(self, name: str = "sender", *, keeps: bool = False, answers: Any = ...) -> None:
        self.name, self.keeps_validators, self.answers = name, keeps, answers
        self.offers: list[Plan] = []

    def __repr__(self) -> str:
        return f"Sender({self.name!r})"

    def hand_over(self, content: Content, offer: Plan) -> Plan | None:
        self.offers.append(offer)
        if isinstance(self.answers, Exception):
            raise self.answers
        if self.answers is not ...:
            answer: Plan | None = self.answers
            return answer
        return Plan(200, (("X-Sent-By", self.name),)) if content.locations() else None


class Elsewhere(RecordingContent):
    """A content that writes down what is asked of it, and is somewhere else, too."""

    def __init__(self, data: bytes = LARGE, **options: Any) -> None:
        super().__init__(data, **options)

    def locations(self) -> tuple[Location, ...]:
        return (StoredFile("archive", self.resource.name),)


class Archive(CountingStorage):
    """A storage whose files others find under the same names; counts what it is asked for."""

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        return super()._open(name, mode)

    def size(self, name: str) -> int:
        return super().size(name)

    def url(self, name: str | None) -> str:
        raise AssertionError("Nobody may ask.")
