"""Links that are signed with the keys of a Django project."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias
from urllib.parse import SplitResult, unquote, unquote_plus, urlencode, urlsplit, urlunsplit

from asgiref.sync import sync_to_async
from django.core.exceptions import SuspiciousOperation
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, QueryDict
from django.urls import get_script_prefix
from django.utils.encoding import iri_to_uri
from django.utils.http import escape_leading_slashes

from downloadable.domain import SignatureExpired, SignatureInvalid
from downloadable.ports import Clock, system_clock

__all__ = ["PARAMETER", "PURPOSE", "DjangoUrlSigner", "Lifetime"]

PURPOSE = "download"
"""What links are signed for unless told otherwise."""

PARAMETER = "X-Signature"
"""The query parameter that carries a signature unless told otherwise."""

Lifetime: TypeAlias = timedelta | float
"""How long a link holds; a number counts seconds."""

# When it ends, in seconds since 1970; whether it is for one user only; HMAC-SHA256 in URL-safe base64.
SIGNATURE = re.compile(r"(?P<terms>(?P<deadline>[0-9]{1,15})?u?)\.(?P<code>[A-Za-z0-9_-]{43})")


class DjangoUrlSigner:
    """
    Signs links with ``SECRET_KEY``, and checks them when they are asked for; ``SECRET_KEY_FALLBACKS`` count as well.

    What is signed is the path and all other parameters of the query, decoded: how they are percent-encoded, and in
    which order parameters of different names come, makes no difference. Scheme, host and fragment are not signed.
    Where the site is mounted below a prefix (``SCRIPT_NAME``), links must be made where ``reverse()`` knows it.

    Args:
        purpose: What the links are for. A link that was signed for one purpose holds for no other.

        expires_in: How long links hold that are signed without a lifetime of their own; by default, for as long as
            the key does.

        parameter: The query parameter that carries the signature.

        now: The present.

    Raises:
        ValueError: If the purpose is empty, which templates have for a variable that is not there.
    """

    def __init__(
        self,
        purpose: str = PURPOSE,
        *,
        expires_in: Lifetime | None = None,
        parameter: str = PARAMETER,
        now: Clock = system_clock,
    ) -> None:
        if not purpose:
            raise ValueError("Links are signed for a purpose, and it is empty.")
        self._salt = f"downloadable.signed-links:{purpose}"
        self._expires_in = expires_in
        self._parameter = parameter
        self._now = now

    def sign(self, path: str, *, expires_in: Lifetime | None = None, user: object = None) -> str:
        """
        Return *path* with a signature among its parameters.

        Args:
            path: A path as ``reverse()`` returns it, or a whole URL; may have a query and a fragment. ``%``, ``?`` and
                ``#`` of a name must be percent-encoded; anything else is encoded here if it has to be.

            expires_in: How long the link holds, rounded up to a second; by default as the signer was told.

            user: Who alone may follow the link: anything with a ``pk``, such as ``request.user``. By default, anybody.

        Raises:
            ValueError: If the path does not begin with one ``/``, is not UTF-8 or is signed already, or the user has no
                primary key because nobody is logged in.

            TypeError: If the lifetime is neither a ``timedelta`` nor a number.
        """
        url = urlsplit(iri_to_uri(path))
        query = QueryDict(url.query)
        # Behind two slashes, whoever follows the link would look for a host.
        if not url.path.startswith("/") or (url.path.startswith("//") and not url.netloc):
            raise ValueError(f"{path!r} cannot be signed: a path that begins with one '/' was expected.")
        if self._parameter in query:
            raise ValueError(f"{path!r} has a {self._parameter!r} already.")
        whose = None if user is None else key_of(user)
        if user is not None and whose is None:
            raise ValueError(f"No link can be for {user!r} alone: a user who is logged in was expected.")
        terms = f"{self._deadline(expires_in)}{'' if whose is None else 'u'}"
        code = self._signer().signature(self._message(below_prefix(unquoted(url.path)), query, terms, whose))
        added = urlencode({self._parameter: f"{terms}.{code}"})
        return urlunsplit(url._replace(query=f"{url.query}&{added}" if url.query else added))

    def unsign(self, signed: str, *, user: object = None) -> str:
        """
        Return the path that was signed, with the query that was, and nothing else: no host, and no signature.

        Args:
            signed: A path or URL, percent-encoded, as :meth:`sign` returned it.

            user: Who is following the link, if anybody is known.

        Raises:
            SignatureExpired: If its time is over.

            SignatureInvalid: If it was not signed for this, or not by us.
        """
        try:
            url: SplitResult = urlsplit(iri_to_uri(signed))
            path, query = unquoted(url.path), QueryDict(url.query)
        except (ValueError, SuspiciousOperation) as error:
            raise SignatureInvalid("What cannot be read as a URL was not signed.") from error
        self._verify(below_prefix(path), query, lambda: user)
        parts = [
            part for part in url.query.split("&") if unquote_plus(part.partition("=")[0]) != self._parameter
        ]
        return urlunsplit(("", "", escape_leading_slashes(url.path), "&".join(parts), ""))

    def check(self, request: HttpRequest) -> None:
        """
        Let pass a request for a link that was signed, by the user it was signed for.

        ``request.user`` is looked at only if the link is for one user.

        Raises:
            SignatureExpired: If its time is over.

            SignatureInvalid: If it was not signed for this, or not by us.
        """
        self._verify(request.path_info, parameters_of(request), lambda: getattr(request, "user", None))

    async def acheck(self, request: HttpRequest) -> None:
        """Do as :meth:`check`; if the link is for one user, in Django's thread for the request, for the database."""
        terms = self._terms_and_code(parameters_of(request))["terms"]
        await sync_to_async(self.check)(request) if terms.endswith("u") else self.check(request)

    def _deadline(self, expires_in: Lifetime | None) -> str:
        """Return the second at which a link that is made now ends; nothing if it does not."""
        lifetime = self._expires_in if expires_in is None else expires_in
        if lifetime is None:
            return ""
        # It takes numbers only: an empty text, which templates have for what is not there, must not mean "for ever".
        if not isinstance(lifetime, timedelta):
            lifetime = timedelta(seconds=lifetime)
        return str(max(0, math.ceil(self._now().timestamp() + lifetime.total_seconds())))

    def _verify(self, path: str, query: QueryDict, user: Callable[[], object]) -> None:
        found = self._terms_and_code(query)
        terms, deadline = found["terms"], found["deadline"]
        whose = key_of(user()) if terms.endswith("u") else None
        if terms.endswith("u") and whose is None:
            raise SignatureInvalid(f"The link to {path!r} is for one user, and nobody is logged in.")
        try:
            # It also tries the keys of yesterday, and compares in constant time.
            self._signer().unsign(f"{self._message(path, query, terms, whose)}:{found['code']}")
        except BadSignature:
            # Its text tells the signature, which may be right for another user.
            raise SignatureInvalid(f"The signature of {path!r} is not ours, or not for this.") from None
        if deadline is not None and int(deadline) <= self._now().timestamp():
            raise SignatureExpired(f"The link to {path!r} has expired.")

    def _terms_and_code(self, query: QueryDict) -> re.Match[str]:
        given = query.getlist(self._parameter)
        found = SIGNATURE.fullmatch(given[0]) if len(given) == 1 else None
        if found is None:
            raise SignatureInvalid(
                f"There must be one {self._parameter!r}, and it must look like one of ours."
            )
        return found

    def _message(self, path: str, query: QueryDict, terms: str, whose: str | None) -> str:
        """Return what is signed, in a form that nothing else has."""
        others = {name: values for name, values in query.lists() if name != self._parameter}
        # Patterns see the path without the prefix, which some servers let clients choose: where it ends is signed too.
        return json.dumps([get_script_prefix(), path, others, terms, whose], sort_keys=True)

    def _signer(self) -> Signer:
        """Return Django's signer, with the keys that the settings have now."""
        return Signer(salt=self._salt)


def key_of(user: object) -> str | None:
    """Return the primary key of a user; ``None`` for a visitor who is not logged in."""
    key = getattr(user, "pk", None)
    return None if key is None else str(key)


def unquoted(path: str) -> str:
    """Return the path as Django's requests have it."""
    return unquote(path, errors="strict")


def below_prefix(path: str) -> str:
    """Return the path as URL patterns see it: without the prefix that the site is mounted below."""
    prefix = get_script_prefix()
    return path[len(prefix) - 1 :] if path.startswith(prefix) else path


def parameters_of(request: HttpRequest) -> QueryDict:
    """Return what the view sees of the query."""
    try:
        return request.GET
    except SuspiciousOperation as error:
        raise SignatureInvalid("A query that cannot be read was not signed.") from error
