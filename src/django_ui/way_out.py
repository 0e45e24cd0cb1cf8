"""On the way out: a response that was built by hand meets the request that it did not know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise

from attrs import evolve
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from downloadable.django_ui.bodiless import bodiless
from downloadable.django_ui.confinement import POLICY, joined
from downloadable.django_ui.delegation import handed_over, told
from downloadable.django_ui.responses import DownloadResponse, HandMade
from downloadable.django_ui.serving import ANSWERED, answer_to, asked_of, may_go_elsewhere
from downloadable.domain import ByteRange, Plan, decide
from downloadable.domain.plan import OF_THE_BODY_AND_FILE
from downloadable.ports import Delegate

__all__ = ["decided_again", "is_hand_made"]

OF_THE_LENGTH = frozenset({"content-length", "content-range"})


def is_hand_made(response: HttpResponseBase) -> bool:
    """Tell whether :func:`decided_again` has anything to do, which may be to look at a file or sign a link."""
    return isinstance(response, DownloadResponse) and response.hand_made is not None


def decided_again(
    request: HttpRequest, response: HttpResponseBase, delegates: Sequence[Delegate]
) -> HttpResponseBase:
    """
    Return what answers *request*, for a :class:`DownloadResponse` that was built by hand; others as they are.

    Nothing is described or opened anew. Cookies are kept, and so is each header field that the view has set, changed or
    removed.
    """
    if not isinstance(response, DownloadResponse):
        return response
    made = response.release()
    if made is None:
        return response
    try:
        try:
            answer = answered(request, response, made, delegates)
        except BaseException:
            made.content.close()
            raise
    except ANSWERED as error:
        return answer_to(error)
    answer.cookies = response.cookies
    answer._resource_closers.extend(response._resource_closers)  # type: ignore[attr-defined]
    # Decorators of views leave notes there for middleware, such as xframe_options_exempt.
    for name in vars(response).keys() - made.attributes:
        setattr(answer, name, getattr(response, name))
    return answer


def answered(
    request: HttpRequest, response: DownloadResponse, made: HandMade, delegates: Sequence[Delegate]
) -> HttpResponseBase:
    asked = asked_of(request)
    amend = partial(amended, response=response)
    if delegates and may_go_elsewhere(request):
        handed = handed_over(
            made.content,
            made.policy,
            asked,
            delegates,
            known=made.resource,
            describe=lambda _: made.resource,
            amend=amend,
            request=request,
        )
        if handed is not None:
            made.content.close()
            return handed
    plan = decide(made.resource, made.policy, asked)
    if not plan.body:
        plan = amend(plan)
        made.content.close()
        told(made.resource, plan, None, request, asked)
        return bodiless(plan)
    if goes_back(plan):
        plan = decide(made.resource, made.policy, asked.without_range())
    again = type(response).carrying_out(plan, made.resource, made.content, request=request)
    again.file = response.file
    changed, removed = changes(response, response.default_headers, plan)
    for name, value in changed.items():
        again.headers[name] = value
    for name in removed:
        again.headers.pop(name, None)
    return again


def goes_back(plan: Plan) -> bool:
    """Tell whether *plan* reads what it has passed: what was opened for a plain GET may be unable to."""
    ranges = [segment for segment in plan.body if isinstance(segment, ByteRange)]
    return any(sooner.stop is None or later.start < sooner.stop for sooner, later in pairwise(ranges))


def amended(plan: Plan, response: DownloadResponse) -> Plan:
    """Return *plan* with what has become of the fields of *response* since it was made."""
    changed, removed = changes(response, dict(response.plan.headers), plan)
    if not changed and not removed:
        return plan
    replaced = {name.lower() for name in (*changed, *removed)}
    kept = tuple(field for field in plan.headers if field[0].lower() not in replaced)
    return evolve(plan, headers=(*kept, *changed.items()))


def changes(
    response: DownloadResponse, planned: Mapping[str, str], plan: Plan
) -> tuple[dict[str, str], set[str]]:
    """Return the fields that *response* has beside those *planned*, and which it lacks, as far as *plan* has a say."""
    ours = OF_THE_LENGTH
    if plan.status >= 300:
        ours = OF_THE_BODY_AND_FILE
    elif len(plan.body) > 1:
        ours = ours | {"content-type"}  # multipart/byteranges
    changed = {
        name: joined(value, plan.header(name)) if name.lower() == POLICY else value
        for name, value in response.headers.items()
        if planned.get(name) != value and name.lower() not in ours
    }
    removed = {name for name in planned if response.headers.get(name) is None and name.lower() not in ours}
    return changed, removed
