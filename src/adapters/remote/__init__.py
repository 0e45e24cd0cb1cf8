"""Contents on other machines, in the terms of HTTP, whatever library asks for them."""

from downloadable.adapters.remote.answers import long_unchanged, tells_versions_apart
from downloadable.adapters.remote.content import RemoteContent
from downloadable.adapters.remote.origins import Origin, Reply
from downloadable.adapters.remote.resuming import NEVER, Resuming, Resumption, not_negative

__all__ = [
    "NEVER",
    "Origin",
    "RemoteContent",
    "Reply",
    "Resuming",
    "Resumption",
    "long_unchanged",
    "not_negative",
    "tells_versions_apart",
]
