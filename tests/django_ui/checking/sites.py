"""A project that hands its files over, and what may be wrong with it."""

from __future__ import annotations

from pathlib import Path
from secrets import token_hex
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import include, path

from downloadable.django_ui.probing import Finding, Front, examine
from downloadable.domain import Plan
from downloadable.ports import Content
from tests.django_ui.checking.accelerator import Accelerator

MARKED = "downloadable-check-0123456789abcdef é.txt"
DATA = b"The marker's own bytes, which are as many as they are."
SECURITY = "django.middleware.security.SecurityMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
DOWNLOADS = "downloadable.DownloadMiddleware"
HERE = __name__
JSON = "application/json"
LOCAL = {"BACKEND": "django.core.files.storage.FileSystemStorage"}

urlpatterns = [path("downloadable-check/", include("downloadable.django_ui.probe"))]


def nginx(roots: dict[Any, str]) -> dict[str, Any]:
    """Describe a delegate as settings do."""
    return {"BACKEND": "downloadable.adapters.delegates.Nginx", "OPTIONS": {"roots": roots}}


def settings_of(media: Path, **changes: Any) -> dict[str, Any]:
    """Return the settings of a site whose default storage is handed over to nginx, but for *changes*."""
    return {
        "ROOT_URLCONF": HERE,
        "ALLOWED_HOSTS": ["127.0.0.1", "testserver"],
        "MIDDLEWARE": [SECURITY, DOWNLOADS],
        "STORAGES": {"default": LOCAL},
        "MEDIA_ROOT": media,
        "MEDIA_URL": "/media/",
        "DOWNLOADABLE": {"DELEGATES": [nginx({media: "/protected/"})]},
        **changes,
    }


def found(**options: Any) -> list[Finding]:
    """Ask everybody."""
    return list(examine(**options))


def failures(findings: list[Finding]) -> list[tuple[str, str | None]]:
    """Return what was asked when something was wrong, and who is to blame."""
    return [(finding.part, finding.culprit) for finding in findings if finding.verdict == "failed"]


def first_failure(findings: list[Finding]) -> Finding:
    """Return what is printed first of what is wrong."""
    return next(finding for finding in findings if finding.verdict == "failed")


def through(accelerator: Accelerator, **options: Any) -> list[Finding]:
    """Ask everybody, this server as well."""
    return found(front=Front(accelerator.url, timeout=5), **options)


class Broken(FileSystemStorage):
    """A storage with one fault."""

    fault = ""
    asked = 0

    def _save(self, name: str, content: Any) -> str:
        if self.fault in ("refuses", "is read-only", "is away"):
            raise OSError("quota exceeded")
        name = super()._save(name, content)  # type: ignore[misc]  # documented, but not in the stubs
        if self.fault == "changes":
            Path(self.path(name)).write_bytes(b"something else")
        if self.fault == "loses":
            Path(self.path(name)).unlink()
        if self.fault == "links":
            Path(self.path(name)).rename(f"{self.path(name)}.real")
            Path(self.path(name)).symlink_to(f"{self.path(name)}.real")
        return name

    def exists(self, name: str) -> bool:
        if self.fault == "is away":
            self.asked += 1
            if self.asked > 1:
                raise OSError("nobody answers")
        return super().exists(name)

    def delete(self, name: str) -> None:
        if self.fault == "is interrupted":
            self.fault = ""
            raise KeyboardInterrupt
        if self.fault in ("keeps", "is read-only", "is away"):
            raise PermissionError("nobody deletes here")
        super().delete(name)


class Naming(FileSystemStorage):
    """A storage that gives each file a name of its own."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return f"ab/{token_hex(8)}.txt"


def refusing(get_response: Any) -> Any:
    """Be a middleware that lets nobody in."""
    return lambda request: HttpResponse(status=403)


def failing(get_response: Any) -> Any:
    """Be a middleware that is broken."""
    return lambda request: HttpResponse(b"oh", status=500)


def redirecting(get_response: Any) -> Any:
    """Be a middleware that sends everybody away."""
    return lambda request: HttpResponseRedirect("/login/")


def replacing(get_response: Any) -> Any:
    """Be a middleware that hands something else over."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)
        response["X-Accel-Redirect"] = "/elsewhere"
        return response

    return middleware


def measuring(get_response: Any) -> Any:
    """Be a middleware that says how long the file is."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = get_response(request)
        response["Content-Length"] = "2000"
        return response

    return middleware


def forgetting(get_response: Any) -> Any:
    """Be a middleware that gives the view another request than the one on which the delegates were announced."""
    return lambda request: get_response(type(request)(request.environ))


class OwnDelegate:
    """A delegate that knows no more than the port."""

    keeps_validators = False

    def __init__(self, mood: str = "") -> None:
        self.mood = mood

    def hand_over(self, content: Content, offer: Plan) -> Plan | None:
        if self.mood == "raises":
            raise RuntimeError("It is tired.")
        return None if self.mood == "declines" else Plan(200, (("X-Own", "gesendet für dich"),))
