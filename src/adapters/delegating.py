"""What delegates have in common: they are asked where the bytes are, and the log says what they do not send."""

from __future__ import annotations

import logging
import os
import re
from datetime import timedelta
from secrets import token_hex
from typing import Literal, TypeAlias, assert_never
from urllib.parse import quote_from_bytes

from downloadable.adapters.roots import CannotSend, Roots
from downloadable.domain import EntityTag, Plan
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
    "CONTROL",
    "FIVE_MINUTES",
    "Delegating",
    "Fields",
    "FrontServer",
    "Spelling",
    "checked_spelling",
    "encoded",
    "lifetime",
    "raw",
    "signed_url",
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
        own = self.fields(self.target(locations, offer))
        if self.keeps_validators and any(map(self.roots.hides, locations)):
            # For want of a tag that Django knows: the server would make up one that is the same for all files.
            own = (*own, ("ETag", str(EntityTag(token_hex(8), weak=True))))
        return Plan(200, own)

    def hides(self, content: Content) -> bool:
        """Tell whether the server may have *content* where Django does not see it."""
        return any(map(self.roots.hides, content.locations()))

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
        if self.roots.unseen:
            # Whether a link hides that a path is below a root shows only by looking, of which there is no need then.
            locations = (*filter(self.roots.hides, locations), *locations)
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


def lifetime(given: timedelta | float) -> timedelta:
    """Return how long a link is to be good, in whole seconds."""
    seconds = given.total_seconds() if isinstance(given, timedelta) else given
    if not is_number(seconds) or not 1 <= seconds <= LONGEST.total_seconds():
        raise ValueError(f"expires_in={given!r} must be between one second and seven days.")
    return timedelta(seconds=int(seconds))


def is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def signed_url(location: Signable, method: str, offer: Plan, expires_in: timedelta) -> str:
    """
    Return a link to a store that makes it answer as *offer* says.

    Raises:
        CannotSend: If the store cannot sign one.
    """
    overrides = ResponseOverrides(
        disposition=offer.header("Content-Disposition"),
        content_type=offer.header("Content-Type"),
        cache_control=offer.header("Cache-Control"),
    )
    url = location.sign(overrides, method, expires_in)
    if url is None:
        raise CannotSend(
            "a file of a store",
            f"it signs no link for {method} that says the name, as if it were public, had a domain of its own or no "
            "key to sign with",
        )
    return url


def checked_spelling(spelling: Spelling) -> Spelling:
    """Return *spelling*, if it is one."""
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
