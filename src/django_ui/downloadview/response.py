"""The responses, and what those have in common by which a server in front is told what to send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from downloadable.django_ui.bodiless import ProxiedDownloadResponse
from downloadable.django_ui.responses import DownloadResponse
from downloadable.domain import Disposition, Plan
from downloadable.domain.disposition import spelt_disposition

__all__ = ["DownloadResponse", "FrontServerResponse", "ProxiedDownloadResponse", "content_disposition"]


def content_disposition(filename: str) -> str:
    """Return the field value that saves a file under the name *filename*."""
    return spelt_disposition("attachment", filename)


class FrontServerResponse(ProxiedDownloadResponse):
    """
    A response whose body the server in front sends.

    Args:
        own: The fields that tell it what.

        name: Name at the client, where none is given.

        content_type: Media type with its parameters.

        basename: Name at the client; by default, that in *headers*.

        attachment: Save the file, or show it.

        headers: Further fields; those that speak of a body are left out.
    """

    def __init__(
        self,
        own: Plan,
        name: str,
        *,
        content_type: str | None,
        basename: str | None,
        attachment: bool,
        headers: Mapping[str, str] | None,
    ) -> None:
        further = {name.lower(): (name, str(value)) for name, value in (headers or {}).items()}
        stated = Disposition.parse(further.pop("content-disposition", ("", ""))[1])
        name = basename or (stated.filename if stated is not None else "") or name
        further["content-disposition"] = (
            "Content-Disposition",
            spelt_disposition("attachment" if attachment else "inline", name),
        )
        if content_type:
            further["content-type"] = ("Content-Type", content_type)
        super().__init__(Plan(200, tuple(further.values())).sent_by(own), own)

    @classmethod
    def adopting(cls, response: ProxiedDownloadResponse) -> Self:
        """Return *response* as one of this class, with all that others have put into it."""
        adopted = cls.__new__(cls)
        vars(adopted).update(vars(response))
        return adopted

    @property
    def basename(self) -> str:
        """Name at the client."""
        return self._disposition.filename

    @property
    def attachment(self) -> bool:
        """Whether the file is saved rather than shown."""
        return self._disposition.kind == "attachment"

    @property
    def _disposition(self) -> Disposition:
        return Disposition.parse(self.headers.get("Content-Disposition", "")) or Disposition("attachment")
