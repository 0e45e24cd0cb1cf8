"""The rules of a project as delegates: which server sends what is below a directory, or below a URL."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from django.utils import timezone

from downloadable.adapters.delegates import Apache, Lighttpd, Nginx
from downloadable.adapters.delegating import Delegating, FrontServer
from downloadable.adapters.roots import CannotSend, prefix_of
from downloadable.adapters.stored_files import StoredContent
from downloadable.django_ui.downloadview.utils import content_type_to_charset
from downloadable.domain import Plan
from downloadable.ports import Content, LocalFile, Location, RemoteUrl, StoredFile

__all__ = ["ApacheRule", "Expires", "LighttpdRule", "NginxRule", "NoRule", "Rule", "accel_fields"]

logger = logging.getLogger("downloadable")

Expires: TypeAlias = datetime | timedelta | float | bool | None

BY_URL = "source_url"
"""Stands among the roots for whatever storage has URLs below the rule's."""


class Rule(FrontServer):
    """
    What is below *source_dir*, or has a URL in its storage below *source_url*, is sent from *destination*.

    URLs and directories are compared segment by segment. A file that Django can see is looked at as with any other
    delegate: what is not there, is no file, or lies behind a link out of the directory is not handed over.
    """

    quiet = False
    """Whether a file that this does not send is nothing to tell of, because other rules follow."""

    _source_url: str | None

    def _say(self, subject: str, rule: str) -> None:
        if self.quiet:
            logger.debug("%r does not send %s: %s.", self, subject, rule)
        else:
            super()._say(subject, rule)

    def locations(self, content: Content) -> tuple[Location, ...]:
        found = content.locations()
        url = content.url() if self._source_url and isinstance(content, StoredContent) else None
        below = None if url is None else below_url(url, self._source_url or "")
        if url is None or below is None:
            return found
        local = any(isinstance(location, LocalFile) for location in found)
        # What another server holds is fetched by its URL, query and all.
        by_url = RemoteUrl(url) if "://" in url and not local else StoredFile(BY_URL, below)
        return (by_url, *found)

    def target(self, locations: tuple[Location, ...], offer: Plan) -> str:
        try:
            return super().target(locations, offer)
        except CannotSend as why:
            matched = any(isinstance(one, StoredFile) and one.storage == BY_URL for one in locations)
            if matched or self.roots.directories or self.roots.urls:
                raise
            raise CannotSend(
                why.subject, f"its storage has no URL for it below {self._source_url!r}"
            ) from None

    def __repr__(self) -> str:
        given = {self._source_url if key == BY_URL else key: there for key, there in self.roots.given.items()}
        return f"{type(self).__name__}({given!r})"

    def unspelled(self, value: str) -> str:
        """Return what the field's *value* names, as far as the server decodes it."""
        return value


class NoRule(Delegating):
    """Comes after several rules, and says that none of them was for a file."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        super().__init__()
        self._rules = tuple(rules)

    def __repr__(self) -> str:
        return f"None of the rules {self._rules!r}"

    def plan(self, locations: tuple[Location, ...], offer: Plan) -> Plan:
        local = [location.path for location in locations if isinstance(location, LocalFile)]
        subject = repr(local[0]) if local else "a file"
        raise CannotSend(subject, "the log says at the level DEBUG why not")

    def _say(self, subject: str, rule: str) -> None:
        if rule not in self._said:
            self._said.add(rule)
            logger.warning(
                "%r sends %s; %s. Unless another delegate sends it, Django does.", self, subject, rule
            )


def roots_of(source_dir: Any, source_url: str | None, destination: Any) -> dict[str, str]:
    """
    Return the roots of a rule, for a delegate.

    Raises:
        ValueError: If the rule can match nothing, or says not where to.
    """
    source_dir = os.fspath(source_dir or "")
    if not source_dir and not source_url:
        raise ValueError("it has neither a source_dir nor a source_url, so it matches nothing.")
    if not destination:
        raise ValueError("it does not say where the server in front has the files.")
    if source_dir and not source_dir.startswith("/"):
        raise ValueError(f"source_dir={source_dir!r} must be an absolute path.")
    if source_url and "://" not in source_url and not source_url.startswith("/"):
        raise ValueError(f"source_url={source_url!r} must begin with '/', or with http:// or https://.")
    roots = {source_dir: os.fspath(destination)} if source_dir else {}
    return {**roots, BY_URL: os.fspath(destination)} if source_url else roots


def below_url(url: str, prefix: str) -> str | None:
    """Return the decoded path of *url* below *prefix*; ``None`` if it is not there."""
    if "://" in prefix:
        asked, given = prefix_of(url), prefix_of(prefix)
        if asked is None or given is None or asked[0] != given[0]:
            return None
        path, top = asked[1], given[1]
    else:
        parts = urlsplit(url)
        if parts.scheme or parts.netloc:
            return None
        path, top = parts.path, prefix
    top = f"{top.rstrip('/')}/"
    return unquote(path.removeprefix(top)) if path.startswith(top) else None


class NginxRule(Rule, Nginx):
    """A rule that nginx is told by ``X-Accel-Redirect``."""

    def __init__(
        self,
        source_dir: Any,
        source_url: str | None,
        destination: Any,
        *,
        expires: Expires = None,
        with_buffering: bool | None = None,
        limit_rate: int | None = None,
    ) -> None:
        roots = roots_of(source_dir, source_url, destination)
        if source_url and "://" in source_url:
            roots[source_url] = roots[BY_URL]
        Nginx.__init__(self, roots)
        self._source_url = source_url
        self._how: dict[str, Any] = {
            "expires": expires,
            "with_buffering": with_buffering,
            "limit_rate": limit_rate,
        }
        accel_fields("", **self._how)

    def plan(self, locations: tuple[Location, ...], offer: Plan) -> Plan:
        own = super().plan(locations, offer)
        return Plan(
            own.status, (*own.headers, *accel_fields(offer.header("Content-Type") or "", **self._how))
        )


def accel_fields(
    content_type: str,
    *,
    expires: Expires = None,
    with_buffering: bool | None = None,
    limit_rate: int | None = None,
) -> tuple[tuple[str, str], ...]:
    """
    Return the fields that tell nginx how to send a file, beside which.

    Args:
        content_type: Its charset, if it names one, is told as well.

        expires: Until when, or for how many seconds, nginx may keep the answer in its cache; 0 or ``False``: not.

        with_buffering: Whether nginx reads ahead from another server.

        limit_rate: Bytes per second for one client; 0 or ``False`` for no limit.

    Raises:
        ValueError: If one of them can be none.
    """
    told = {
        "X-Accel-Charset": content_type_to_charset(content_type),
        "X-Accel-Buffering": None if with_buffering is None else "yes" if with_buffering else "no",
        "X-Accel-Expires": None if expires is None else seconds_until(expires),
        "X-Accel-Limit-Rate": None if limit_rate is None else bytes_per_second(limit_rate),
    }
    return tuple((name, value) for name, value in told.items() if value is not None)


def seconds_until(expires: Any) -> str:
    if isinstance(expires, datetime):
        aware = expires if timezone.is_aware(expires) else timezone.make_aware(expires)
        return str(max(0, int((aware - timezone.now()).total_seconds())))
    seconds = expires.total_seconds() if isinstance(expires, timedelta) else expires
    if not isinstance(seconds, int | float) or seconds < 0:
        raise ValueError(f"expires={expires!r} must be a moment, a duration, or a number of seconds.")
    return str(int(seconds)) if seconds else "off"


def bytes_per_second(limit_rate: Any) -> str:
    if not isinstance(limit_rate, int | float) or limit_rate < 0:
        raise ValueError(f"limit_rate={limit_rate!r} must be bytes per second.")
    return str(int(limit_rate)) if limit_rate else "off"


class ApacheRule(Rule, Apache):
    """A rule that Apache is told by ``X-Sendfile``."""

    def __init__(self, source_dir: Any, source_url: str | None, destination: Any) -> None:
        Apache.__init__(self, roots_of(source_dir, source_url, destination or source_dir))
        self._source_url = source_url

    def unspelled(self, value: str) -> str:
        return os.fsdecode(value.encode("latin-1"))


class LighttpdRule(Rule, Lighttpd):
    """A rule that lighttpd is told by ``X-Sendfile``."""

    def __init__(self, source_dir: Any, source_url: str | None, destination: Any) -> None:
        Lighttpd.__init__(self, roots_of(source_dir, source_url, destination or source_dir))
        self._source_url = source_url

    def unspelled(self, value: str) -> str:
        return unquote(value)
