"""
Who can send the bytes in our place: the server in front, or the store that holds them.

Each delegate knows one of them: which of its fields says what to send, and how that spells a name. What it cannot be
told is streamed by Django; the log says why, once for each reason.
"""

from __future__ import annotations

import logging
import os
import re
from datetime import timedelta
from typing import Literal, TypeAlias, assert_never
from urllib.parse import quote_from_bytes

from downloadable.adapters.roots import CannotSend, GivenRoots, Roots
from downloadable.domain import Plan
from downloadable.ports import (
    Content,
    LocalFile,
    Location,
    RemoteUrl,
    ResponseOverrides,
    Signable,
    StoredFile,
)

__all__ = [
    "Apache",
    "Caddy",
    "Delegating",
    "FrontServer",
    "Lighttpd",
    "Nginx",
    "PresignedRedirect",
    "Spelling",
]

logger = logging.getLogger("downloadable")

Spelling: TypeAlias = Literal["encoded", "raw"]
Fields: TypeAlias = tuple[tuple[str, str], ...]

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
FIVE_MINUTES = timedelta(minutes=5)
LONGEST = timedelta(days=7)
"""The longest that S3 signs for."""


class Delegating:
    """
    What all delegates have in common: the log says, once for each reason, what they do not send, and why.

    Attributes:
        keeps_validators: Whether the client gets our ETag and Last-Modified; ``False`` if it gets the sender's.
    """

    keeps_validators = False

    def __init__(self) -> None:
        self._said: set[str] = set()

    def hand_over(self, content: Content, offer: Plan) -> Plan | None:
        """Return the sender's own status and fields, or ``None`` if it cannot be told to send *content*."""
        locations = self.locations(content)
        # What is made in this process is nowhere else, and nobody expects it to be sent by others.
        if not locations and type(content).locations is Content.locations:
            return None
        try:
            # Servers drop the field, stores send their own: the client would take the coded bytes for the content.
            if offer.header("Content-Encoding") is not None:
                raise CannotSend("a file with a Content-Encoding", "that would not reach the client")
            return self.plan(locations, offer)
        except FileNotFoundError:
            pass  # as whoever looks next will say, with a status
        except UnicodeEncodeError as error:
            self._say(repr(error.object), "its name is no text that a file system can hold")
        except CannotSend as why:
            self._say(why.subject, why.rule)
        except OSError as error:
            self._say(repr(error.filename), f"Django cannot look at it ({error.strerror})")
        return None

    def locations(self, content: Content) -> tuple[Location, ...]:
        """Say where the bytes are; the sender is told the first of these places that it can be told."""
        return content.locations()

    def plan(self, locations: tuple[Location, ...], offer: Plan) -> Plan:
        """
        Return the sender's own status and fields.

        Raises:
            CannotSend: If there are none.

            OSError: If a local file cannot be looked at.
        """
        raise NotImplementedError

    def _say(self, subject: str, rule: str) -> None:
        if rule not in self._said:
            self._said.add(rule)
            logger.warning(
                "%r does not send %s: %s. Unless another delegate sends it, Django does.", self, subject, rule
            )


class FrontServer(Delegating):
    """
    A server in front that takes the name of a file in a header field.

    Attributes:
        field: That field.
    """

    field = "X-Sendfile"
    roots: Roots

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.roots!r})"

    def plan(self, locations: tuple[Location, ...], offer: Plan) -> Plan:
        return Plan(200, self.fields(self.target(locations, offer)))

    def fields(self, target: str) -> Fields:
        """Return the fields that make the server send *target*."""
        return ((self.field, target),)

    def target(self, locations: tuple[Location, ...], offer: Plan) -> str:
        """Return the value of the field, for the first of *locations* that the server can be told."""
        why = local = None
        for location in locations:
            if isinstance(location, LocalFile):
                local = location
                break
        for location in locations:
            try:
                return self.located(location, local, offer)
            except CannotSend as reason:
                why = why or reason
        raise why or CannotSend(
            "a file that is nowhere but with Django", "there is no name to tell the server"
        )

    def located(self, location: Location, local: LocalFile | None, offer: Plan) -> str:
        """Return the value of the field for *location*, which is that of a *local* file, too, if there is one."""
        match location:
            case LocalFile():
                return self.spelled(self.roots.of_file(location))
            case StoredFile():
                return self.spelled(self.roots.of_stored(location, local))
            case RemoteUrl():
                return self.roots.of_url(location.url)
            case Signable():
                return self.signed(location, offer)
        assert_never(location)

    def signed(self, location: Signable, offer: Plan) -> str:
        """Return the value of the field for a link to a store."""
        raise CannotSend("a file of a store", "this server sends files of its own only")

    def spelled(self, target: str) -> str:
        """Return *target* as the server wants it spelled."""
        return encoded(target)


class Nginx(FrontServer):
    """
    nginx, told by ``X-Accel-Redirect`` which internal URI to serve.

    It puts its own ETag and Last-Modified into the answer, and answers conditions and ranges by them.

    Args:
        roots: For each directory, storage (by its alias) or URL prefix, the URI of the internal location that serves
            its files: ``{"/srv/media": "/protected/", "https://bucket.example/": "/remote/"}``. A file of a storage
            that Django cannot see is not looked at. What is below a URL prefix is fetched by nginx, if need be by a
            signed link.

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
        buffering: bool | None = None,
        limit_rate: int | None = None,
        expires_in: timedelta | float = FIVE_MINUTES,
    ) -> None:
        super().__init__()
        self.roots = Roots(roots, uris=True, urls=True)
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

        spelling: ``"raw"`` for mod_xsendfile 0.12, which takes the path as it is; ``"encoded"`` for one that decodes
            it, such as 1.0.

    Raises:
        ValueError: If one of these cannot be meant.
    """

    keeps_validators = True

    def __init__(self, roots: GivenRoots, *, spelling: Spelling = "raw") -> None:
        super().__init__()
        self.roots = Roots(roots)
        self._spelling = checked_spelling(spelling)

    def spelled(self, target: str) -> str:
        return encoded(target) if self._spelling == "encoded" else raw(target)


class Lighttpd(FrontServer):
    """
    lighttpd, told by ``X-Sendfile`` which path to serve. It keeps our ETag and Last-Modified.

    Args:
        roots: Directories; or, for each directory or storage (by its alias), the directory that lighttpd knows it as.

    Raises:
        ValueError: If one of these cannot be meant.
    """

    keeps_validators = True

    def __init__(self, roots: GivenRoots) -> None:
        super().__init__()
        self.roots = Roots(roots)

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

        spelling: ``"raw"`` for Caddy 2.6, which takes the path as it is, but only up to a question mark;
            ``"encoded"`` for later versions, which decode it.

    Raises:
        ValueError: If one of these cannot be meant.
    """

    field = "X-Accel-Redirect"

    def __init__(self, roots: GivenRoots, *, spelling: Spelling = "raw") -> None:
        super().__init__()
        self.roots = Roots(roots, uris=True)
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
                return Plan(302, (("Location", url), ("Cache-Control", self._caching(offer))))
        raise CannotSend("a file of a storage that cannot sign links", "there is nowhere to redirect to")

    def _caching(self, offer: Plan) -> str:
        ours = offer.header("Cache-Control") or ""
        if "no-store" in ours.lower():
            return ours
        return f"private, max-age={int(self._expires_in.total_seconds()) // 2}"


def lifetime(given: timedelta | float) -> timedelta:
    """Return how long a link is to be good, in whole seconds."""
    seconds = given.total_seconds() if isinstance(given, timedelta) else given
    if not is_number(seconds) or not 1 <= seconds <= LONGEST.total_seconds():
        raise ValueError(f"expires_in={given!r} must be between one second and seven days.")
    return timedelta(seconds=int(seconds))


def is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def is_count(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given >= 0


def signed_url(location: Signable, method: str, offer: Plan, expires_in: timedelta) -> str:
    overrides = ResponseOverrides(
        disposition=offer.header("Content-Disposition"),
        content_type=offer.header("Content-Type"),
        cache_control=offer.header("Cache-Control"),
    )
    url = location.sign(overrides, method, expires_in)
    if url is None:
        raise CannotSend("a file of a store", f"the store cannot sign such a link for {method}")
    return url


def checked_spelling(spelling: Spelling) -> Spelling:
    if spelling not in ("encoded", "raw"):
        raise ValueError(f"spelling={spelling!r} must be 'encoded' or 'raw'.")
    return spelling


def encoded(target: str) -> str:
    """Percent-encode the bytes of a name as they are on the disk: not normalised, and not only if they are UTF-8."""
    return quote_from_bytes(os.fsencode(target), safe="/")


def raw(target: str) -> str:
    """
    Return the bytes of a name in the only way that Django takes them for a header field.

    It encodes other text as latin-1, or as a MIME word; either names another file.
    """
    if target.isascii() and target.isprintable() and target[-1] != " ":
        return target
    if CONTROL.search(target) or target.endswith(" "):
        raise CannotSend(repr(target), "a header field holds no control character, and ends without a space")
    return os.fsencode(target).decode("latin-1")
