"""
Downloads in Django REST framework, which has to be installed: its authentication, permissions and throttles run, its
renderers word what went wrong, and only the file is none of their business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from inspect import signature
from typing import Any

from django.conf import settings
from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.viewsets import ViewSetMixin

from downloadable.django_ui.bodiless import BodilessResponse
from downloadable.django_ui.row_hooks import FieldHooks
from downloadable.django_ui.serving import ANSWERED, PlainAnswer, answer_to
from downloadable.django_ui.translation import gettext as _

__all__ = ["DownloadAPIViewMixin", "FileNegotiation", "download_action"]

OF_THE_BODY = frozenset({"content-type", "content-length", "content-disposition"})


class FileNegotiation(BaseContentNegotiation):
    """
    Negotiation of views that answer with a file: whatever a client accepts, there is something to answer.

    The file has one type, which no renderer has, so that neither ``Accept: application/pdf`` nor ``?format=pdf`` can be
    refused. For errors, a renderer is chosen as ever, by the project's ``DEFAULT_CONTENT_NEGOTIATION_CLASS``, and if
    none is acceptable, it is the first. For a view, an action, or a function with ``@content_negotiation_class``.
    """

    def __init__(self) -> None:
        usual: Any = api_settings.DEFAULT_CONTENT_NEGOTIATION_CLASS
        self._usual: Any = usual()

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """Return who reads what the client has sent."""
        return self._usual.select_parser(request, parsers)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return who words an error, and the media type that was accepted."""
        try:
            return self._usual.select_renderer(request, renderers, format_suffix)
        except (NotAcceptable, Http404):
            renderer = renderers[0]
            # AcceptHeaderVersioning reads the version there: Accept: application/pdf; version=2
            parameters = request.META.get("HTTP_ACCEPT", "").partition(",")[0].partition(";")[2].strip()
            accepted = f"{renderer.media_type}; {parameters}" if parameters else renderer.media_type
            return renderer, accepted


class DownloadAPIViewMixin(FieldHooks):
    """
    Make an ``APIView`` answer GET and HEAD with a file; comes before it among the bases.

    ``get_file()`` says which file, as for :class:`~downloadable.django_ui.mixins.DownloadMixin`. With a
    ``GenericAPIView``, it need not be written: then it is the file in the field ``file_field`` of what ``get_object()``
    returns, which has checked the permissions for that object. All attributes are those of
    :class:`~downloadable.django_ui.views.ObjectDownloadView`.

    Raises:
        TypeError: If this is mixed into a ``ViewSet``, which would answer each GET with a file;
            see :func:`download_action`.
    """

    request: Any  # Django's, as DRF wraps it
    content_negotiation_class: type[BaseContentNegotiation] = FileNegotiation

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        bases: tuple[type, ...] = cls.__mro__
        if ViewSetMixin in bases:
            raise TypeError(
                f"{cls.__qualname__} is a ViewSet, so its files are downloaded by actions: write a method that returns "
                "download(request, ...), and decorate it with @download_action(detail=True)."
            )

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer with the file."""
        return worded(self, self.render_to_response())

    def get_file(self) -> Any:
        """
        Return the file in the field of the object, whose permissions are checked.

        Raises:
            ContentNotFound: If the field is empty.

            NotImplementedError: If the view has no ``get_object()``.
        """
        find: Any = getattr(self, "get_object", None)
        if find is None:
            raise NotImplementedError(
                f"{type(self).__qualname__} must say where its file is: define get_file(), or derive it from "
                "GenericAPIView and say its queryset and file_field."
            )
        self.object = find()
        return super().get_file()


def download_action(
    methods: Sequence[str] | None = None, *, detail: bool, **kwargs: Any
) -> Callable[[Callable[..., Any]], Any]:
    """
    Mark a method of a ``ViewSet`` for routing, as ``@action`` does, that returns a download.

    Neither ``Accept`` nor the suffix of a URL matters to it, and what goes wrong is worded by the renderers. The other
    actions stay as they are.

    Args:
        methods: Of HTTP, in lower case; by default ``["get"]``, which is HEAD, too.

        detail: Whether it is about one object.

        **kwargs: As ``@action`` takes them, such as ``url_path`` and ``permission_classes``.
    """

    def decorate(method: Callable[..., Any]) -> Any:
        # Of the URLs of DRF's DefaultRouter, such as /invoices/1/pdf.json.
        takes_suffix = api_settings.FORMAT_SUFFIX_KWARG in signature(method).parameters

        @wraps(method)
        def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not takes_suffix:
                kwargs.pop(api_settings.FORMAT_SUFFIX_KWARG, None)
            try:
                response = method(view, request, *args, **kwargs)
            except ANSWERED as error:
                response = answer_to(error)
            return worded(view, response)

        options: dict[str, Any] = {"content_negotiation_class": FileNegotiation, "methods": methods, **kwargs}
        return action(detail=detail, **options)(answer)

    return decorate


def worded(view: Any, response: HttpResponseBase) -> HttpResponseBase:
    """Return *response*, an answer of *view*, or what its exception handler makes of one that is an error."""
    error = error_of(response)
    if error is not None:
        told: Response = view.handle_exception(error)
        for name, value in response.items():
            if name.lower() not in OF_THE_BODY:
                told[name] = value
        return told
    if not isinstance(response, Response) and view.headers.get("Vary") == "Accept":
        # The file is the same for all; only errors depend on what is accepted.
        del view.headers["Vary"]
    return response


def error_of(response: HttpResponseBase) -> APIException | None:
    """Return what *response* says, if it is an error of ours: without a word for the client, or in plain text."""
    if isinstance(response, PlainAnswer):
        return error_with(response.status_code, response.sentence)
    if isinstance(response, BodilessResponse):
        if response.status_code == 416:
            return error_with(416, _("The file does not have the range that was asked for."))
        if response.status_code == 412:
            return error_with(412, _("The file is not the one that was asked for."))
    return None


def error_with(status: int, sentence: str) -> APIException:
    error = APIException(sentence, code=CODES.get(status))
    error.status_code = status
    return error


CODES = {
    403: "permission_denied",
    412: "precondition_failed",
    416: "range_not_satisfiable",
    502: "bad_gateway",
    503: "service_unavailable",
    504: "gateway_timeout",
}


if any(name.partition(".")[0] == "drf_spectacular" for name in settings.INSTALLED_APPS):
    # It finds extensions that have been imported, as this one now is wherever a view is built on this module.
    import_module("downloadable.django_ui.rest_schema")
