"""The desks of the library."""

import io
from functools import partial
from pathlib import Path

import requests
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.shortcuts import get_object_or_404
from django.views.generic import View
from django.views.generic.detail import SingleObjectMixin
from urllib3 import HTTPResponse

from django_downloadview import (
    BaseDownloadView,
    BytesIteratorIO,
    DownloadMixin,
    DownloadResponse,
    HTTPDownloadView,
    ObjectDownloadView,
    PathDownloadView,
    StorageDownloadView,
    StorageFile,
    TextIteratorIO,
    VirtualDownloadView,
    VirtualFile,
    api,
    apache,
    lighttpd,
    sendfile,
)
from django_downloadview.decorators import DownloadDecorator, signature_required
from django_downloadview.exceptions import FileNotFound
from django_downloadview.nginx import XAccelRedirectResponse, x_accel_redirect
from library import middleware, models, storages

# Books in the database.

book = ObjectDownloadView.as_view(model=models.Book)
cover = ObjectDownloadView.as_view(model=models.Book, file_field="cover", attachment=False)
titled = ObjectDownloadView.as_view(model=models.Book, basename_field="title")
misnamed = ObjectDownloadView.as_view(model=models.Book, file_field="binding")


class SecondEdition(ObjectDownloadView):
    """The same book by another name."""

    model = models.Book

    def get_basename(self):
        return f"{self.object.slug}-2nd.txt"


# Books in a storage.

leaflet = StorageDownloadView.as_view(storage=default_storage, path="leaflet.txt")
shelf = StorageDownloadView.as_view(storage=default_storage)
lent = signature_required(StorageDownloadView.as_view(storage=storages.loans))


class ShoutedShelf(StorageDownloadView):
    """Names are in capitals here, and nobody minds."""

    storage = default_storage

    def get_path(self):
        return super().get_path().lower()


# Books on the disk.

guide = PathDownloadView.as_view(path=str(settings.MANUALS / "guide.txt"))


class Manual(PathDownloadView):
    """What is in the directory of manuals."""

    attachment = False

    def get_path(self):
        return str(settings.MANUALS / f"{Path(super().get_path()).name}.txt")


def terms(request):
    """Show the terms, as django-sendfile would."""
    return sendfile(request, str(settings.MANUALS / "terms.txt"), mimetype="text/plain")


def terms_to_keep(request):
    """Save the terms."""
    return sendfile(
        request, str(settings.MANUALS / "terms.txt"), attachment=True, attachment_filename="House rules.txt"
    )


# Books elsewhere.


def fetched(url, **kwargs):
    """Stand in for what is far away."""
    assert kwargs["headers"]["X-Reader"] == "library"
    response = requests.Response()
    response.status_code = 200
    response.url = url
    response.headers["Content-Type"] = "text/x-news"
    response.headers["Content-Length"] = "9"
    response.raw = HTTPResponse(io.BytesIO(b"All good."), preload_content=False)
    return response


class News(HTTPDownloadView):
    """What another library has to say."""

    url = "https://news.example/today.txt"
    request_kwargs = {"headers": {"X-Reader": "library"}}

    def get_request_factory(self):
        return fetched


# Books that are written on demand.


class Slip(VirtualDownloadView):
    """A slip in memory."""

    def get_file(self):
        return ContentFile(b"Please return in time.", name="slip.txt")


class Letter(VirtualDownloadView):
    """A text in memory."""

    def get_file(self):
        return VirtualFile(io.StringIO("Dear reader, ..."), name="letter.txt")


class Catalogue(VirtualDownloadView):
    """A text that is made while it is sent."""

    basename = "catalogue.csv"
    mimetype = "text/csv"

    def titles(self):
        for number in range(3):
            yield f"{number};Volume {number}\n"

    def get_file(self):
        return VirtualFile(TextIteratorIO(self.titles()), name="catalogue.csv")


class Noise(BaseDownloadView):
    """Bytes that are made while they are sent."""

    def get_file(self):
        return VirtualFile(BytesIteratorIO(bytes([number]) for number in range(3)), name="noise.bin", size=3)


class Unchanged(Slip):
    """A slip that never changes."""

    def was_modified_since(self, file_instance, since):
        return False


class Lost(VirtualDownloadView):
    """What cannot be found."""

    def get_file(self):
        raise FileNotFound("Somebody has it.")


class Receipt(DownloadMixin, SingleObjectMixin, View):
    """A view of its own kind that is a download, with a header field and a cookie."""

    model = models.Book

    def get(self, request, *args, **kwargs):
        self.object = self.get_object()
        return self.render_to_response()

    def get_file(self):
        return VirtualFile(io.BytesIO(f"You have {self.object}.".encode()), name="receipt.txt")

    def download_response(self, *args, **kwargs):
        response = super().download_response(*args, **kwargs)
        response["X-Receipt"] = str(self.object.pk)
        response.set_cookie("receipt", "yes")
        return response


class Bound(api.BaseDownloadView):
    """A file of a storage, wrapped by hand."""

    def get_file(self):
        return StorageFile(default_storage, self.kwargs["name"])


def note(request):
    """Answer with a response that is made by hand."""
    return DownloadResponse(ContentFile(b"Back soon.", name="n"), attachment=False, basename="note.txt")


def noted(request, slug):
    """Answer with the file of a book, by hand."""
    found = get_object_or_404(models.Book, slug=slug)
    return DownloadResponse(found.file, basename="by hand.txt", file_mimetype="text/x-note")


# Books that somebody else hands out.

by_nginx = x_accel_redirect(shelf, source_url="/media/", destination_url="/by-nginx/")
by_apache = apache.x_sendfile(shelf, source_url="/media/", destination_dir="/by-apache/")
by_lighttpd = lighttpd.x_sendfile(shelf, source_url="/media/", destination_dir="/by-lighttpd/")
real_only = DownloadDecorator(middleware.RealFilesMiddleware)(shelf, None)
real_slip = DownloadDecorator(middleware.RealFilesMiddleware)(Letter.as_view(), None)
archived = DownloadDecorator(partial(middleware.ArchiveMiddleware, None))(
    shelf, source_url="/media/", destination_url="/archive/"
)
renamed = DownloadDecorator(middleware.RenamingMiddleware)(shelf, source_url="/media/", destination_url="/2/")
several = DownloadDecorator(middleware.SeveralMiddleware)(shelf)


def straight_from_nginx(request):
    """Tell nginx by hand."""
    return XAccelRedirectResponse(
        redirect_url="/by-hand/poem.txt",
        content_type="text/plain; charset=utf-8",
        basename="poem.txt",
        with_buffering=None,
    )


def straight_from_apache(request):
    """Tell Apache by hand."""
    return apache.XSendfileResponse("/srv/poem.txt", content_type="text/plain", basename="poem.txt")


def straight_from_lighttpd(request):
    """Tell lighttpd by hand."""
    return lighttpd.XSendfileResponse("/srv/poem.txt", content_type="text/plain", basename="poem.txt")
