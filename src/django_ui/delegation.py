"""Handing over: who could send a file instead is announced on the request, and asked before anything is described."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from attrs import evolve
from django.http import HttpRequest

from downloadable.django_ui.bodiless import BodilessResponse, ProxiedDownloadResponse, bodiless
from downloadable.django_ui.observing import ledger_for
from downloadable.domain import (
    PLAIN_GET,
    DownloadRequest,
    EntityTag,
    Plan,
    Resource,
    ServingPolicy,
    decide,
)
from downloadable.ports import Content, Delegate

__all__ = ["announced", "announcing", "checked_delegates", "handed_over", "told"]

logger = logging.getLogger("downloadable")

ATTRIBUTE = "_downloadable_delegates"
PLAIN_HEAD = DownloadRequest(method="HEAD")


def announced(request: HttpRequest) -> Sequence[Delegate]:
    """Return who was announced last to whoever answers *request*; never anything that the request says of itself."""
    delegates: Sequence[Delegate] = getattr(request, ATTRIBUTE, ())
    return delegates


def checked_delegates(delegates: Iterable[Delegate]) -> tuple[Delegate, ...]:
    """
    Return *delegates*, to be kept.

    Raises:
        TypeError: If one of them is none.
    """
    kept = tuple(delegates)
    for one in kept:
        if isinstance(one, type) or not isinstance(one, Delegate):
            raise TypeError(f"{one!r} is not a delegate, such as Nginx(roots=...).")
    return kept


class announcing:  # noqa: N801  (reads as what it does; @contextmanager would cost a microsecond a request)
    """Announce *delegates* in place of whoever was, until the end of the block."""

    __slots__ = ("_before", "_delegates", "_request")

    def __init__(self, request: HttpRequest, delegates: Sequence[Delegate]) -> None:
        self._request, self._delegates = request, delegates

    def __enter__(self) -> None:
        self._before = announced(self._request)
        setattr(self._request, ATTRIBUTE, self._delegates)

    def __exit__(self, *_: object) -> None:
        setattr(self._request, ATTRIBUTE, self._before)


def handed_over(
    content: Content,
    policy: ServingPolicy,
    asked: DownloadRequest,
    delegates: Sequence[Delegate],
    *,
    known: Resource,
    describe: Callable[[DownloadRequest], Resource],
    amend: Callable[[Plan], Plan] = lambda plan: plan,
    request: HttpRequest | None = None,
) -> BodilessResponse | None:
    """
    Return the answer by which the first of *delegates* that can sends *content*; ``None`` if none can.

    Conditions are left to who compares them with validators that the client has seen: a sender that has its own answers
    them all; for one that keeps ours, steps 1 to 4 of RFC 9110, 13.2.2 are taken here, unless it brings along an ETag
    and none is known. Ranges are always the sender's.

    Args:
        content: Not acquired, and not closed here.

        policy: How to serve it.

        asked: What the client asked.

        delegates: Who may send it, in this order.

        known: What is known without a look.

        describe: Looks; called only for a sender that keeps our validators, once it has agreed, if no ETag is known.

        amend: Called with each plan before anybody sees it.

        request: What listeners hear that the answer is to; without it, nobody hears of an answer that does not go out.

    Raises:
        ContentError: If *describe* does.
    """
    if policy.settles(asked):
        return None
    plain = PLAIN_HEAD if asked.method == "HEAD" else PLAIN_GET
    offer = amend(decide(known, without_validators(policy), plain))
    for delegate in delegates:
        own = asking(delegate, content, offer)
        if own is None:
            continue
        if not delegate.keeps_validators:
            return sent_by(delegate, known, offer, own, request, asked)
        whole = asked.without_range()
        resource = tagged(known)
        if resource.entity_tag is None or not policy.validators:
            if own.header("ETag") is not None:
                # It has a tag for what cannot be looked at, which no client has seen yet.
                return sent_by(delegate, known, offer, own, request, asked)
            resource = tagged(describe(policy.hint(whole)))
        own = own.without("ETag")
        plan = amend(decide(resource, policy, whole))
        if plan.status != 200:
            told(resource, plan, None, request, asked)
            return bodiless(plan)
        if may_be_sent(plan, resource.entity_tag is not None and policy.validators, delegate):
            # The conditions are answered; only a range is left to the sender.
            return sent_by(delegate, resource, plan, own, request, asked.unconditional())
        # Whoever is asked next should know as much.
        known, offer = resource, amend(decide(resource, without_validators(policy), plain))
    return None


def tagged(resource: Resource) -> Resource:
    """Make an entity tag out of size and date, if there is no other: a sender that is told none makes up its own."""
    size, modified = resource.size, resource.last_modified
    if resource.entity_tag is not None or size is None or modified is None:
        return resource
    return evolve(resource, entity_tag=EntityTag(f"{size:x}-{int(modified.timestamp()):x}", weak=True))


def may_be_sent(plan: Plan, has_tag: bool, delegate: Delegate) -> bool:
    """Tell whether what has come to light by looking lets *delegate* send the file; the log says why not."""
    if plan.header("Content-Encoding") is not None:
        why = "a file that turns out to have a Content-Encoding, which would not reach the client"
    elif not has_tag:
        # mod_xsendfile gives every file the same one, so that a changed file would be answered with 304.
        why = (
            "a file without an ETag of ours; the server would make one up that may be the same for all files"
        )
    else:
        return True
    once(delegate, why, "%r does not send %s. Unless another delegate sends it, Django does.", delegate, why)
    return False


said: set[tuple[type, str]] = set()


def once(delegate: Delegate, why: str, warning: str, *values: object) -> None:
    if (type(delegate), why) not in said:
        said.add((type(delegate), why))
        logger.warning(warning, *values)


def sent_by(
    delegate: Delegate,
    resource: Resource,
    offer: Plan,
    own: Plan,
    request: HttpRequest | None,
    asked: DownloadRequest,
) -> ProxiedDownloadResponse:
    plan = offer.sent_by(own)
    told(resource, plan, delegate, request, asked)
    if own.status < 300 and request is not None and nobody_in_front(request):
        once(delegate, "nobody in front", NOBODY_IN_FRONT, delegate)
    return ProxiedDownloadResponse(plan, own)


NOBODY_IN_FRONT = (
    "%r leaves a file to a server in front, but runserver seems to have none: the client gets no bytes. "
    "Ask the server in front, or leave its delegate out of the settings of this machine."
)


def nobody_in_front(request: HttpRequest) -> bool:
    """Tell whether Django's server for development answers, and no server in front has left its mark on *request*."""
    meta = request.META
    return meta.get("SERVER_SOFTWARE", "").startswith("WSGIServer/") and not (
        "HTTP_X_FORWARDED_FOR" in meta or "HTTP_X_FORWARDED_PROTO" in meta
    )


@lru_cache(maxsize=256)
def without_validators(policy: ServingPolicy) -> ServingPolicy:
    return policy.without_validators()


def asking(delegate: Delegate, content: Content, offer: Plan) -> Plan | None:
    try:
        own = delegate.hand_over(content, offer)
        if own is None:
            return None
        if isinstance(own, Plan):
            return sendable(own)
        raise TypeError(f"hand_over() must return a Plan or None, not {own!r}.")
    except Exception:
        # Whoever was to save work must not cost the answer.
        logger.exception("The delegate %r failed; Django sends the file.", delegate)
        return None


def sendable(own: Plan) -> Plan:
    """
    Return *own*, the fields of a delegate, if Django sends each as it is.

    Raises:
        ValueError: If it would refuse one, or spell it as a MIME word, which names another file.
    """
    for name, value in own.headers:
        if not (value.isascii() and value.isprintable()):
            value.encode("latin-1")
            if "\n" in value or "\r" in value:
                raise ValueError(f"{name!r} has a line break in its value, {value!r}.")
    return own


def told(
    resource: Resource,
    plan: Plan,
    delegate: object | None,
    request: HttpRequest | None,
    asked: DownloadRequest | None = None,
) -> None:
    """Tell who listens of an answer to *request* without a body of ours: *delegate* sends one, or there is none."""
    ledger = None if request is None else ledger_for(request, resource, plan, asked=asked)
    if ledger is None:
        return
    if delegate is None:
        ledger.report("completed")
    else:
        ledger.report("handed over", type(delegate).__name__)
