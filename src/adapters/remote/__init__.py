"""Contents on other machines, in the terms of HTTP, whatever library asks for them."""

from downloadable.adapters.remote.content import Origin, RemoteContent, Reply
from downloadable.adapters.remote.resuming import Resumption

__all__ = ["Origin", "RemoteContent", "Reply", "Resumption"]
