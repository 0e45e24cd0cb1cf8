"""What is done to each download."""

from django_downloadview.middlewares import (
    BaseDownloadMiddleware,
    DownloadDispatcherMiddleware,
    NoRedirectionMatch,
    ProxiedDownloadMiddleware,
    RealDownloadMiddleware,
    is_download_response,
)
from django_downloadview.nginx import XAccelRedirectMiddleware, XAccelRedirectResponse


class ShelfmarkMiddleware(BaseDownloadMiddleware):
    """Say of each download that it is one."""

    def process_download_response(self, request, response):
        assert is_download_response(response)
        response["X-Shelfmark"] = response.file.name or "none"
        return response


class RealFilesMiddleware(RealDownloadMiddleware):
    """Say of each download that it is a real file."""

    def process_download_response(self, request, response):
        response["X-Real"] = "yes"
        return response


class ArchiveMiddleware(ProxiedDownloadMiddleware):
    """Let nginx fetch from the archive whatever has a URL, and let nobody else have what is confidential."""

    def process_download_response(self, request, response):
        try:
            url = self.get_redirect_url(response)
        except NoRedirectionMatch:
            return response
        return XAccelRedirectResponse(
            redirect_url=url,
            content_type=response["Content-Type"],
            basename=response.basename,
            attachment=response.attachment,
        )

    def get_redirect_url(self, response):
        if response.file.name.endswith("confidential.txt"):
            raise NoRedirectionMatch("It stays here.")
        return super().get_redirect_url(response)


class RenamingMiddleware(XAccelRedirectMiddleware):
    """Let nginx serve the second edition of each file."""

    def get_redirect_url(self, response):
        return super().get_redirect_url(response) + ".second"


class SeveralMiddleware(DownloadDispatcherMiddleware):
    """Two at once."""

    def __init__(self, get_response=None):
        real = RealFilesMiddleware(None)
        archive = ArchiveMiddleware(None, source_url="/media/", destination_url="/archive/")
        super().__init__(get_response, middlewares=[("real", real), ("archive", archive)])
