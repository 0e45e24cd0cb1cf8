"""What the inside needs from outside. Knows the domain and no framework."""

from downloadable.ports.checksums import Checksums
from downloadable.ports.clock import Clock, system_clock
from downloadable.ports.content import AsyncContent, Content, Missing
from downloadable.ports.delegate import Delegate
from downloadable.ports.locations import (
    LocalFile,
    Location,
    RemoteUrl,
    ResponseOverrides,
    Signable,
    StoredFile,
)
from downloadable.ports.observer import Observer, Outcome, Served
from downloadable.ports.signer import UrlSigner
from downloadable.ports.source import AsyncSource, Source

__all__ = [
    "AsyncContent",
    "AsyncSource",
    "Checksums",
    "Clock",
    "Content",
    "Delegate",
    "LocalFile",
    "Location",
    "Missing",
    "Observer",
    "Outcome",
    "RemoteUrl",
    "ResponseOverrides",
    "Served",
    "Signable",
    "Source",
    "StoredFile",
    "UrlSigner",
    "system_clock",
]
