"""
The check of a set-up for django-health-check 4, which comes with ``pip install downloadable[health]``.

::

    HealthCheckView.as_view(
        checks=[
            "health_check.Database",
            ("downloadable.django_ui.health.Downloads", {"url": "https://www.example.com"}),
        ]
    )
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db import connections
from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable

from downloadable.django_ui.probing import Culprit, Finding, Front, examine
from downloadable.django_ui.translation import gettext_lazy as _, ngettext

__all__ = ["Downloads"]

logger = logging.getLogger("downloadable")

ONE_AT_A_TIME = ThreadPoolExecutor(max_workers=1, thread_name_prefix="downloadable-check")
"""However many ask: the threads of Django and of the event loop are needed to answer what is asked of the site."""

BLAMED: Mapping[Culprit, str] = {
    "storage": _("storage"),
    "Django settings": _("Django settings"),
    "server": _("server"),
    "network": _("network"),
}
"""What the report calls who is to blame."""


@dataclasses.dataclass
class Downloads(HealthCheck):  # type: ignore[misc]  # it comes without types
    """
    Whether downloads are handed over as they should be.

    What is wrong is in the log of ``downloadable``; the report names only who is to blame.

    Args:
        url: Where clients reach the site, which needs a worker beside the one that asks; without it, only the storages
            and Django are asked.

        skip: Places to leave out: a storage by its alias, a directory by its path.

        public: Places whose files anybody may have.

        timeout: How long each answer may take, and all of them together.
    """

    url: str | None = None
    skip: tuple[str, ...] = dataclasses.field(default=(), repr=False)
    public: tuple[str, ...] = dataclasses.field(default=(), repr=False)
    timeout: timedelta = dataclasses.field(default=timedelta(seconds=15), repr=False)

    async def run(self) -> None:
        """
        Ask.

        Raises:
            ServiceUnavailable: If anything is wrong.
        """
        failed = await sync_to_async(self.failures, thread_sensitive=False, executor=ONE_AT_A_TIME)()
        if failed:
            culprits = dict.fromkeys(finding.culprit for finding in failed if finding.culprit is not None)
            report = ngettext(
                "%(count)d of the checks failed; to blame: %(culprits)s",
                "%(count)d of the checks failed; to blame: %(culprits)s",
                len(failed),
            )
            named = ", ".join(str(BLAMED[culprit]) for culprit in culprits)
            raise ServiceUnavailable(report % {"count": len(failed), "culprits": named})

    def failures(self) -> list[Finding]:
        """Return, and log, what is wrong."""
        seconds = self.timeout.total_seconds()
        front = None if self.url is None else Front(self.url, timeout=seconds)
        findings = examine(front, skip=self.skip, public=self.public)
        try:
            failed = [finding for finding in findings if finding.verdict == "failed"]
        finally:
            # The site has answered in this thread, outside of any request that would end with them.
            connections.close_all()
        for finding in failed:
            logger.error("%s %s: %s To mend: %s", finding.place, finding.part, finding.what, finding.mend)
        return failed
