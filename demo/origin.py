"""The other server, from which remote documents are fetched."""

from functools import cache

from django.conf import settings

from downloadable import HttpSource


@cache
def origin() -> HttpSource:
    """Return this project itself, on a second port, past any server in front."""
    return HttpSource(f"{settings.ORIGIN}/plain/")
