"""
What drf-spectacular writes of views that answer with a file; imported where it is among ``INSTALLED_APPS``.

A view, action or function is known by its negotiation, which is :class:`~downloadable.django_ui.rest.FileNegotiation`.
What a project says itself by ``@extend_schema`` goes before what is said here.
"""

from __future__ import annotations

import inspect
from typing import Any

from drf_spectacular.drainage import get_view_method_names, isolate_view_method
from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_class
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from downloadable.django_ui.rest import DownloadAPIViewMixin, FileNegotiation
from downloadable.django_ui.translation import gettext_lazy as _

__all__ = ["FileSchema", "FileViewExtension"]

ANY_TYPE = "*/*"
WHOLE = OpenApiResponse(OpenApiTypes.BINARY, description=_("The file."))


class FileSchema(AutoSchema):
    """The operation by which a file is got; other methods of the view are described as ever."""

    def get_override_parameters(self) -> list[Any]:
        """Return the fields that a client may send and gets."""
        known = super().get_override_parameters()
        return [*known, *FIELDS] if self.is_of_a_file() else known

    def get_description(self) -> Any:  # type: ignore[override]  # drf-spectacular's differs from DRF's
        """Return what the view says of itself, where its method is the mixin's."""
        kind = type(self.view)
        if not self.is_of_a_file() or getattr(kind, "get", None) is not DownloadAPIViewMixin.get:
            return super().get_description()
        own = kind.__mro__[: kind.__mro__.index(DownloadAPIViewMixin)]
        return next((inspect.cleandoc(one.__doc__) for one in own if one.__doc__), "")

    def get_request_serializer(self) -> Any:
        """Return nothing: a file is asked for without a body."""
        return None if self.is_of_a_file() else super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        """Return what the answers hold."""
        if self.is_of_a_file():
            return answers(self.view)
        if is_for_files(options_of(self.view).get("content_negotiation_class")):
            # By another method, the answer is always whole.
            return {(200, ANY_TYPE): WHOLE}
        return super().get_response_serializers()

    def get_filter_backends(self) -> list[Any]:
        """Return none: a file is one."""
        return [] if self.is_of_a_file() else super().get_filter_backends()

    def is_of_a_file(self) -> bool:
        """Tell whether the operation gets a file."""
        return self.method == "GET" and is_for_files(self.view.content_negotiation_class)

    def _is_list_view(self, serializer: Any = None) -> bool:
        return not self.is_of_a_file() and super()._is_list_view(serializer)


class FileViewExtension(OpenApiViewExtension):  # type: ignore[no-untyped-call]  # half typed
    """Has views described by :class:`FileSchema` where they answer with files."""

    @classmethod
    def _matches(cls, target: Any) -> bool:
        return is_for_files(getattr(target, "content_negotiation_class", None)) or any(
            is_for_files(options.get("content_negotiation_class")) for options in options_of_actions(target)
        )

    def view_replacement(self) -> Any:
        """Return the view with its schemas, each of which goes before ours and is asked first."""
        view: Any = self.target
        kept = {name: getattr(view, name) for name in ("__doc__", "__module__", "__qualname__")}
        described: Any = type(view.__name__, (view,), kept)
        described.schema = before_ours(get_class(view.schema))()
        for name in get_view_method_names(described):
            # None is what leaves an action out.
            if getattr(getattr(described, name), "kwargs", {}).get("schema") is not None:
                method: Any = isolate_view_method(described, name)  # type: ignore[no-untyped-call]  # half typed
                method.kwargs["schema"] = before_ours(get_class(method.kwargs["schema"]))
        return described


def before_ours(schema: type) -> type:
    """Return a schema that says what *schema* does, then what is ours, then what is drf-spectacular's."""
    if issubclass(FileSchema, schema):
        return FileSchema
    return type(schema.__name__, (schema, FileSchema), {})


def options_of_actions(view: Any) -> list[dict[str, Any]]:
    actions: Any = getattr(view, "get_extra_actions", list)
    return [one.kwargs for one in actions()]


def options_of(view: Any) -> dict[str, Any]:
    """Return how the action of the operation is marked."""
    options: dict[str, Any] = getattr(getattr(view, getattr(view, "action", None) or "", None), "kwargs", {})
    return options


def is_for_files(negotiation: Any) -> bool:
    return isinstance(negotiation, type) and issubclass(negotiation, FileNegotiation)


def answers(view: Any) -> dict[Any, Any]:
    """Return what may be answered, by status and media type."""
    media_type = getattr(view, "mimetype", None) or ANY_TYPE
    part = OpenApiResponse(OpenApiTypes.BINARY, description=_("The part that was asked for."))
    return {
        (200, media_type): WHOLE,
        (206, media_type): part,
        (206, "multipart/byteranges"): part,
        304: OpenApiResponse(description=_("The file has not changed.")),
        416: OpenApiResponse(
            OpenApiTypes.OBJECT, description=_("The file does not have the range that was asked for.")
        ),
    }


def field(name: str, description: Any, *statuses: int) -> OpenApiParameter:
    """Return a header field: of the request, or of the answers with *statuses*."""
    return OpenApiParameter(
        name,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        description=description,
        response=list(statuses) or False,
    )


FIELDS = (
    field("Range", _("Which bytes to send, such as bytes=0-499; without it, the whole file.")),
    field("If-Range", _("The ETag of the file whose part is asked for: another file is sent as a whole.")),
    field("If-None-Match", _("ETags of what the client has: if the file is among them, the answer is 304.")),
    field("Accept-Ranges", _("Whether parts can be asked for."), 200, 206, 416),
    field("Content-Disposition", _("Whether to save the file, and under which name."), 200, 206),
    field("Content-Range", _("Which bytes these are, and how many the file has."), 206, 416),
    field("ETag", _("What the file is known by until it changes."), 200, 206, 304),
)
