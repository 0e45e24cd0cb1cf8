"""The responses, and what those have in common by which a server in front is told what to send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from downloadable.django_ui.bodiless import ProxiedDownloadResponse
from downloadable.django_ui.conf import default_policy
from downloadable.django_ui.responses import DownloadResponse
from downloadable.domain import PLAIN_GET, Disposition, Plan, Resource, ServingPolicy, decide
from downloadable.domain.disposition import spelt_disposition
from downloadable.domain.media_types import essence

__all__ = [
    "DownloadResponse",
    "FrontServerResponse",
    "ProxiedDownloadResponse",
    "as_decided",
    "content_disposition",
]


def content_disposition(filename: str) -> str:
    """Return the field value that saves a file under the name *filename*."""
    return spelt_disposition("attachment", filename)


def as_decided(content_type: str | None) -> ServingPolicy:
    """Return the policy for what another has decided already: it adds nothing, and changes nothing."""
    return ServingPolicy(
        clean_names=False,
        cache_control=None,
        nosniff=False,
        content_security_policy=None,
        inline_types={essence(content_type or "")},
    )


class FrontServerResponse(ProxiedDownloadResponse):
    """
    A response whose body the server in front sends.

    Args:
        own: The fields that tell it what.

        name: Name at the client, where none is given.

        content_type: Media type with its parameters; by default, that in *headers*. Without, what is saved has the
            server's, and what is shown the one that its name tells.

        basename: Name at the client; by default, that in *headers*.

        attachment: Save the file, or show it, if *policy* lets its type be shown.

        headers: Further fields, before those of *policy*; those that speak of a body are left out.

        policy: How the file is served; ``None`` takes the site's.
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
        policy: ServingPolicy | None,
    ) -> None:
        further = {name.lower(): (name, str(value)) for name, value in (headers or {}).items()}
        stated = Disposition.parse(further.pop("content-disposition", ("", ""))[1])
        content_type = content_type or further.pop("content-type", ("", ""))[1]
        policy = (default_policy() if policy is None else policy).evolve(
            attachment=attachment,
            basename=basename or (stated.filename if stated is not None else "") or name,
        )
        plan = decide(Resource(name=name, content_type=content_type or None), policy, PLAIN_GET)
        fields = {name.lower(): (name, value) for name, value in plan.headers} | further
        if not content_type and (plan.header("Content-Disposition") or "").startswith("attachment"):
            del fields["content-type"]
        super().__init__(Plan(200, tuple(fields.values())).sent_by(own), own)

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
