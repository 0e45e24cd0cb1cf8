"""
Everything that can go wrong with a download, as one tree.

::

    DownloadError
    ├── ContentError
    │   ├── ContentNotFound      also FileNotFoundError     404
    │   ├── ContentForbidden     also PermissionError       403
    │   ├── ContentUnavailable   also OSError               503, Retry-After if known
    │   │   └── ContentTimeout   also TimeoutError          504
    │   ├── ContentInvalid       the origin makes no sense  502
    │   ├── ContentChanged       no longer what was described: looked at once more, then 503
    │   └── ContentTruncated     fewer bytes than announced: the connection is dropped
    ├── SignatureError                                      403
    │   ├── SignatureInvalid
    │   └── SignatureExpired
    └── PolicyError              also ValueError            a programming mistake

An error's own text is for logs and developers; it may name a key or a path, so it is never sent to a client.
"""

from __future__ import annotations

__all__ = [
    "ContentChanged",
    "ContentError",
    "ContentForbidden",
    "ContentInvalid",
    "ContentNotFound",
    "ContentTimeout",
    "ContentTruncated",
    "ContentUnavailable",
    "DownloadError",
    "PolicyError",
    "SignatureError",
    "SignatureExpired",
    "SignatureInvalid",
]


class DownloadError(Exception):
    """Base of every error that this package raises on purpose."""


class ContentError(DownloadError):
    """The content cannot be had, or not as it was described."""


class ContentNotFound(ContentError, FileNotFoundError):
    """There is nothing to download under the key asked for."""


class ContentForbidden(ContentError, PermissionError):
    """The content exists, but whoever holds it does not hand it to us."""


class ContentUnavailable(ContentError, OSError):
    """
    Whoever holds the content cannot hand it out for now.

    Args:
        message: What happened, for the log.

        retry_after: Seconds after which asking again may help; ``None`` if that is not known.
    """

    def __init__(self, message: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ContentTimeout(ContentUnavailable, TimeoutError):
    """Whoever holds the content did not answer in time."""


class ContentInvalid(ContentError):
    """Whoever holds the content gave an answer that makes no sense."""


class ContentChanged(ContentError):
    """The content is no longer the one that was described."""


class ContentTruncated(ContentError):
    """The content ended before the length that was announced."""


class SignatureError(DownloadError):
    """A signed link cannot be honoured."""


class SignatureInvalid(SignatureError):
    """The signature does not belong to this link."""


class SignatureExpired(SignatureError):
    """The signature was right, but its time is over."""


class PolicyError(DownloadError, ValueError):
    """A serving policy that cannot be meant: a mistake of the program, not of the client."""
