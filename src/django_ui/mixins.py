"""What makes any class with a request download a file: the hooks, and the one way from them to the answer."""

from __future__ import annotations

import sys
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.views.static import was_modified_since

from downloadable.adapters.django_files import as_content, modified_time_of
from downloadable.django_ui.bodiless import NotModifiedResponse
from downloadable.django_ui.conf import default_policy
from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import ANSWERED, answer_to, respond
from downloadable.django_ui.translation import gettext as _
from downloadable.domain import ServingPolicy
from downloadable.ports import Content

__all__ = ["DownloadMixin"]


class DownloadMixin:
    """
    Download the file that ``get_file()`` returns; works on any class with a ``request``.

    Attributes:
        response_class: What a streamed answer is made of; a subclass of ``DownloadResponse``, whose ``__init__`` plays
            no part here.

        attachment: Save the file (``True``) or show it in the browser; ``None`` does as the site's policy says.

        basename: Name at the client; ``None`` takes the file's.

        mimetype: Media type; ``None`` takes the file's, or guesses it from the name.

        encoding: Content coding that the bytes are in, such as ``"gzip"``.

        file_instance: What ``get_file()`` returned, for the other hooks.
    """

    request: HttpRequest
    response_class: type[DownloadResponse] = DownloadResponse
    attachment: bool | None = None
    basename: str | None = None
    mimetype: str | None = None
    encoding: str | None = None
    file_instance: Any = None
    _decided: NotModifiedResponse | None = None

    def get_file(self) -> Any:
        """
        Return the file: a content, or whatever ``as_content`` takes.

        Raises:
            ContentNotFound: If there is none.
        """
        raise NotImplementedError(f"{type(self).__qualname__} must say where its file is: define get_file().")

    def get_basename(self) -> str | None:
        """Return the name at the client; ``None`` takes the file's."""
        return self.basename

    def get_mimetype(self) -> str | None:
        """Return the media type; ``None`` takes the file's, or guesses it from the name."""
        return self.mimetype

    def get_encoding(self) -> str | None:
        """Return the content coding that the bytes are in; ``None`` takes the file's."""
        return self.encoding

    def was_modified_since(self, file_instance: Any, since: str) -> bool:
        """
        Answer If-Modified-Since in place of the comparison of dates: ``False`` becomes a 304.

        Asked only if the client sent the field. Unless this is overridden, a file with a method of this name answers.
        Without one, or if that does not know, the validators decide; whoever calls this hears what the file's
        ``modified_time`` says, or ``True``.

        Args:
            file_instance: What ``get_file()`` returned.

            since: The field value as it came.
        """
        answer = told_by(file_instance, since)
        if answer is not None:
            return answer
        modified = modified_time_of(file_instance)
        return modified is None or was_modified_since(since, int(modified.timestamp()))

    def get_policy(self, file: Any) -> ServingPolicy:
        """Return how to serve *file*: the policy of the site, with what the hooks above say."""
        fields = {
            "attachment": self.attachment,
            "basename": self.get_basename(),
            "content_type": self.get_mimetype(),
            "content_encoding": self.get_encoding(),
            "not_modified": self._not_modified(file),
        }
        return default_policy().evolve(**{name: value for name, value in fields.items() if value is not None})

    def _not_modified(self, file: Any) -> bool | None:
        since = self.request.META.get("HTTP_IF_MODIFIED_SINCE")
        if since is None:
            return None
        if type(self).was_modified_since is not DownloadMixin.was_modified_since:
            return not self.was_modified_since(file, since)
        answer = told_by(file, since)
        return None if answer is None else not answer

    def get_content(self, file: Any) -> Content:
        """Return *file* as a content; it is closed with the answer."""
        return as_content(file)

    def render_to_response(self, *args: Any, **policy_fields: Any) -> HttpResponseBase:
        """
        Return the answer, whatever it is.

        Args:
            *args: Nothing that counts here, such as the context that a ``DetailView`` has made.

            **policy_fields: For :meth:`download_response`.
        """
        try:
            self.file_instance = self.get_file()
            response = self.download_response(**policy_fields)
        except FileNotFoundError:
            return self.file_not_found_response()
        except ANSWERED as error:
            return answer_to(error)
        if isinstance(response, NotModifiedResponse):
            self._decided = response
            return self.not_modified_response()
        return response

    def download_response(
        self,
        *,
        file_instance: Any = None,
        file_mimetype: str | None = None,
        file_encoding: str | None = None,
        **policy_fields: Any,
    ) -> HttpResponseBase:
        """
        Return the answer for ``file_instance``; here is the place to add header fields.

        Args:
            file_instance: The file to send in place of that.

            file_mimetype: Media type, if no *content_type* is given.

            file_encoding: Content coding that the bytes are in, such as ``"gzip"``.

            **policy_fields: In place of those of ``get_policy()``, as
                :func:`~downloadable.django_ui.serving.download` takes them.
        """
        if file_instance is not None:
            self.file_instance = file_instance
        if file_mimetype is not None:
            policy_fields.setdefault("content_type", file_mimetype)
        if file_encoding is not None:
            policy_fields.setdefault("content_encoding", file_encoding)
        content = self.get_content(self.file_instance)
        try:
            policy = self.get_policy(self.file_instance).evolve(**policy_fields)
            response = respond(self.request, content, policy, self.response_class)
        except BaseException:
            content.close()
            raise
        if isinstance(response, DownloadResponse):
            response.file = self.file_instance
            # A middleware may read it, which opens it beside what is sent.
            if hasattr(self.file_instance, "close"):
                response._resource_closers.append(self.file_instance.close)  # type: ignore[attr-defined]
        return response

    def not_modified_response(self) -> HttpResponseBase:
        """Return the 304, with the fields that it has come to if that was decided by ``download_response()``."""
        return HttpResponseNotModified() if self._decided is None else self._decided

    def file_not_found_response(self) -> HttpResponseBase:
        """Answer that there is no such file."""
        raise Http404(_("There is no such file.")) from sys.exception()


def told_by(file: Any, since: str) -> bool | None:
    """Return what a file with a ``was_modified_since()`` of its own says; ``None`` if it has none, or does not know."""
    try:
        return bool(file.was_modified_since(since))
    except (AttributeError, NotImplementedError):
        return None
