"""
Who can send the bytes in our place: the server in front, or the store that holds them.

Each delegate knows one of them: which of its fields says what to send, and how that spells a name. What it cannot be
told is streamed by Django; the log says why, once for each reason.
"""

from __future__ import annotations

from datetime import timedelta

from downloadable.adapters.delegating import (
    CONTROL,
    FIVE_MINUTES,
    Delegating,
    Fields,
    FrontServer,
    Spelling,
    checked_spelling,
    encoded,
    lifetime,
    raw,
    signed_url,
)
from downloadable.adapters.roots import CannotSend, GivenRoots, Roots, Unseen
from downloadable.domain import Plan
from downloadable.ports import Location, Signable

__all__ = ["Apache", "Caddy", "Lighttpd", "Nginx", "PresignedRedirect"]


class Nginx(FrontServer):
    """
    nginx, told by ``X-Accel-Redirect`` which internal URI to serve.

    It puts its own ETag and Last-Modified into the answer, and answers conditions and ranges by them.

    Args:
        roots: For each directory, storage (by its alias) or URL prefix, the URI of the internal location that serves
            its files: ``{"/srv/media": "/protected/", "https://bucket.example/": "/remote/"}``. A file of a storage
            that Django cannot see is not looked at. What is below a URL prefix is fetched by nginx, if need be by a
            signed link.

        unseen: Which of the roots, directories or storages, Django does not see, or not all files of: nobody looks
            there whether a file exists and where links lead. ``disable_symlinks`` keeps nginx from following any.

        buffering: Whether nginx reads ahead from another server (``X-Accel-Buffering``); ``None`` as it is configured.

        limit_rate: Bytes per second for one client (``X-Accel-Limit-Rate``), 0 without a limit; ``None`` as it is
            configured.

        expires_in: How long the links are good that are signed for nginx; a number is in seconds.

    Raises:
        ValueError: If one of these cannot be meant.
    """

    field = "X-Accel-Redirect"

    def __init__(
        self,
        roots: GivenRoots,
        *,
        unseen: Unseen = (),
        buffering: bool | None = None,
        limit_rate: int | None = None,
        expires_in: timedelta | float = FIVE_MINUTES,
    ) -> None:
        super().__init__()
        self.roots = Roots(roots, unseen=unseen, uris=True, urls=True)
        if buffering not in (None, True, False):
            raise ValueError(f"buffering={buffering!r} must be True, False or None.")
        if limit_rate is not None and not is_count(limit_rate):
            raise ValueError(f"limit_rate={limit_rate!r} must be bytes per second, 0 for no limit, or None.")
        self._expires_in = lifetime(expires_in)
        self._further: Fields = (
            *(() if buffering is None else (("X-Accel-Buffering", "yes" if buffering else "no"),)),
            *(() if limit_rate is None else (("X-Accel-Limit-Rate", str(limit_rate)),)),
        )

    def fields(self, target: str) -> Fields:
        return ((self.field, target), *self._further)

    def signed(self, location: Signable, offer: Plan) -> str:
        if not self.roots.urls:
            raise CannotSend("a file of a store", "no URL prefix is among the roots")
        return self.roots.of_url(signed_url(location, "GET", offer, self._expires_in))


class Apache(FrontServer):
    """
    Apache with mod_xsendfile, told by ``X-Sendfile`` which path to serve. It keeps our ETag and Last-Modified.

    Args:
        roots: Directories; or, for each directory or storage (by its alias), the directory that Apache knows it as.

        unseen: Which of the roots, directories or storages, Django does not see, or not all files of: nobody looks
            there whether a file exists and where links lead. Let none be made there.

        spelling: ``"raw"`` for mod_xsendfile 0.12, which takes the path as it is; ``"encoded"`` for one that decodes
            it, such as 1.0.

    Raises:
        ValueError: If one of these cannot be meant.
    """

    keeps_validators = True

    def __init__(self, roots: GivenRoots, *, unseen: Unseen = (), spelling: Spelling = "raw") -> None:
        super().__init__()
        self.roots = Roots(roots, unseen=unseen)
        self._spelling = checked_spelling(spelling)

    def spelled(self, target: str) -> str:
        return encoded(target) if self._spelling == "encoded" else raw(target)


class Lighttpd(FrontServer):
    """
    lighttpd, told by ``X-Sendfile`` which path to serve. It keeps our ETag and Last-Modified.

    Args:
        roots: Directories; or, for each directory or storage (by its alias), the directory that lighttpd knows it as.

        unseen: Which of the roots, directories or storages, Django does not see, or not all files of: nobody looks
            there whether a file exists and where links lead. Let none be made there.

    Raises:
        ValueError: If one of these cannot be meant.
    """

    keeps_validators = True

    def __init__(self, roots: GivenRoots, *, unseen: Unseen = ()) -> None:
        super().__init__()
        self.roots = Roots(roots, unseen=unseen)

    def spelled(self, target: str) -> str:
        if CONTROL.search(target):
            raise CannotSend(repr(target), "lighttpd refuses control characters")
        try:
            target.encode()
        except UnicodeEncodeError:
            raise CannotSend(repr(target), "lighttpd refuses names that are not in UTF-8") from None
        return encoded(target)


class Caddy(FrontServer):
    """
    Caddy, told by ``X-Accel-Redirect`` which URI its ``handle_response`` block is to serve.

    It puts its own ETag and Last-Modified into the answer, and answers conditions and ranges by them.

    Args:
        roots: For each directory or storage (by its alias), the URI that the block of its files is for:
            ``{"/srv/media": "/protected/"}``.

        unseen: Which of the roots, directories or storages, Django does not see, or not all files of: nobody looks
            there whether a file exists and where links lead. Let none be made there.

        spelling: ``"raw"`` for Caddy 2.6, which takes the path as it is, but only up to a question mark;
            ``"encoded"`` for later versions, which decode it.

    Raises:
        ValueError: If one of these cannot be meant.
    """

    field = "X-Accel-Redirect"

    def __init__(self, roots: GivenRoots, *, unseen: Unseen = (), spelling: Spelling = "raw") -> None:
        super().__init__()
        self.roots = Roots(roots, unseen=unseen, uris=True)
        self._spelling = checked_spelling(spelling)

    def spelled(self, target: str) -> str:
        if self._spelling == "encoded":
            return encoded(target)
        if "?" in target:
            raise CannotSend(repr(target), "Caddy takes what follows a question mark for a query")
        return raw(target)


class PresignedRedirect(Delegating):
    """
    A redirection (302) to the store that holds the file, with a link that is signed for a while.

    The store is asked, within the signature, to send our Content-Disposition, Content-Type and Cache-Control. Where
    it cannot sign, or has no words for these, Django streams the file.

    Args:
        expires_in: How long the link is good, at most seven days; a number is in seconds. The client may keep the
            redirection for half of it.

    Raises:
        ValueError: If that cannot be meant.
    """

    def __init__(self, expires_in: timedelta | float = FIVE_MINUTES) -> None:
        super().__init__()
        self._expires_in = lifetime(expires_in)

    def __repr__(self) -> str:
        return f"PresignedRedirect(expires_in={self._expires_in!r})"

    def plan(self, locations: tuple[Location, ...], offer: Plan) -> Plan:
        for location in locations:
            if isinstance(location, Signable):
                # The offer for a HEAD request has no body, and a signature holds for one method.
                url = signed_url(location, "GET" if offer.body else "HEAD", offer, self._expires_in)
                # Without a length, servers would send the empty body in chunks, or close the connection after it.
                own = (("Location", url), ("Cache-Control", self._caching(offer)), ("Content-Length", "0"))
                return Plan(302, own)
        raise CannotSend("a file of a storage that cannot sign links", "there is nowhere to redirect to")

    def _caching(self, offer: Plan) -> str:
        ours = offer.header("Cache-Control") or ""
        if "no-store" in ours.lower():
            return ours
        return f"private, max-age={int(self._expires_in.total_seconds()) // 2}"


def is_count(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= 0
