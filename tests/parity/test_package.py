"""The package of old names: what is in it, what it costs, and that nobody else depends on it."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.apps import AppConfig, apps
from django.core.files.storage import FileSystemStorage
from django.db.migrations.writer import MigrationWriter
from django.http import Http404
from django.test import RequestFactory, override_settings

import downloadable
from downloadable.django_ui import downloadview
from downloadable.django_ui.downloadview import api, sendfile
from downloadable.django_ui.downloadview.response import content_disposition
from downloadable.django_ui.downloadview.storage import SignedFileSystemStorage
from downloadable.django_ui.downloadview.utils import content_type_to_charset, import_member, url_basename
from tests.test_layers import DJANGO, loaded_by, packages

PACKAGE = "downloadable.django_ui.downloadview"

NAMES: list[Any] = [
    ("apache", ["XSendfileMiddleware", "XSendfileResponse", "assert_x_sendfile", "x_sendfile"]),
    ("lighttpd", ["XSendfileMiddleware", "XSendfileResponse", "assert_x_sendfile", "x_sendfile"]),
    (
        "nginx",
        ["XAccelRedirectMiddleware", "XAccelRedirectResponse", "assert_x_accel_redirect", "x_accel_redirect"],
    ),
    ("decorators", ["DownloadDecorator", "signature_required"]),
    ("exceptions", ["FileNotFound"]),
    ("files", ["HTTPFile", "StorageFile", "VirtualFile"]),
    ("io", ["BytesIteratorIO", "StringIteratorIO", "TextIteratorIO"]),
    (
        "middlewares",
        [
            "BaseDownloadMiddleware",
            "DownloadDispatcher",
            "DownloadDispatcherMiddleware",
            "NoRedirectionMatch",
            "ProxiedDownloadMiddleware",
            "RealDownloadMiddleware",
            "SmartDownloadMiddleware",
            "is_download_response",
        ],
    ),
    ("response", ["DownloadResponse", "ProxiedDownloadResponse", "content_disposition"]),
    ("shortcuts", ["sendfile"]),
    ("storage", ["SignedFileSystemStorage", "SignedURLMixin"]),
    (
        "test",
        ["DownloadResponseValidator", "assert_download_response", "setup_view", "temporary_media_root"],
    ),
    ("utils", ["content_type_to_charset", "import_member", "url_basename"]),
    ("views", ["BaseDownloadView", "DownloadMixin", "HTTPDownloadView", "ObjectDownloadView"]),
    ("views", ["PathDownloadView", "StorageDownloadView", "VirtualDownloadView"]),
]


@pytest.mark.parametrize(("module", "names"), NAMES)
def test_modules_have_their_names(module: str, names: list[str]) -> None:
    """What was imported from a module still is."""
    found = importlib.import_module(f"{PACKAGE}.{module}")
    assert set(names) <= set(found.__all__)
    assert all(getattr(found, name) is not None for name in found.__all__)


def test_the_root_and_api_have_the_same_names() -> None:
    """What is exported exists, is exported by api as well, and nothing else is."""
    assert sorted(downloadview.MODULE_OF) == sorted(downloadview.__all__) == sorted(api.__all__)
    for name in downloadview.__all__:
        assert getattr(downloadview, name) is getattr(api, name)
    for module in (downloadview, api):
        assert not hasattr(module, "DownloadManager")


def test_what_both_packages_export_is_the_same() -> None:
    """A project may go over name by name."""
    both = set(downloadview.__all__) & set(downloadable.__all__)
    assert len(both) >= 18
    for name in both:
        assert getattr(downloadview, name) is getattr(downloadable, name)


MIDDLEWARE = f"""
from {PACKAGE}.nginx import XAccelRedirectMiddleware
from {PACKAGE} import ObjectDownloadView, SmartDownloadMiddleware, StorageFile, api, sendfile
from {PACKAGE}.decorators import signature_required
"""


def test_a_running_site_needs_no_test_tools() -> None:
    """Neither requests nor Django's test tools are loaded by what a site uses."""
    loaded = loaded_by(MIDDLEWARE, before=DJANGO)
    assert f"{PACKAGE}.nginx" in loaded
    assert packages(loaded).isdisjoint({"fsspec", "requests", "unittest"})
    assert not {"django.test", f"{PACKAGE}.test"} & loaded
    assert loaded_by(f"import {PACKAGE}", before=DJANGO) & {f"{PACKAGE}.middlewares"} == set()


BY_ATTRIBUTE = f"""
import {PACKAGE}
{PACKAGE}.middlewares.is_download_response, {PACKAGE}.views.PathDownloadView, {PACKAGE}.exceptions.FileNotFound
"""


def test_the_package_alone_is_enough_for_its_modules() -> None:
    """What is found in a module by way of the package needs no import of its own."""
    loaded = loaded_by(BY_ATTRIBUTE, before=DJANGO)
    assert {f"{PACKAGE}.{module}" for module in ("exceptions", "middlewares", "views")} <= loaded
    assert f"{PACKAGE}.test" not in loaded
    with pytest.raises(AttributeError, match="no attribute 'cookies'"):
        _ = downloadview.cookies


UNCHANGED = """
import importlib, pkgutil
from django.conf import settings
import downloadable.django_ui.downloadview as package
names = sorted(dir(settings))
for module in pkgutil.iter_modules(package.__path__):
    importlib.import_module(package.__name__ + "." + module.name)
assert sorted(dir(settings)) == names
"""


def test_importing_changes_no_setting() -> None:
    """Settings are read where they are used, and never written."""
    assert f"{PACKAGE}.nginx" in loaded_by(UNCHANGED, before=DJANGO)


def test_the_library_does_without_it() -> None:
    """Nothing else imports the package."""
    loaded = loaded_by(
        "import downloadable\nfor name in downloadable.__all__: getattr(downloadable, name)", before=DJANGO
    )
    assert not [name for name in loaded if name.startswith(PACKAGE)]


@pytest.mark.parametrize("beside", [[], ["downloadable.django_ui"]])
def test_it_is_an_application(beside: list[str]) -> None:
    """It can stay in INSTALLED_APPS, alone or beside the library's own application."""
    with override_settings(INSTALLED_APPS=["django.contrib.contenttypes", *beside, PACKAGE]):
        assert apps.is_installed(PACKAGE)
        labels = {config.label for config in apps.get_app_configs()}
        assert "downloadable_downloadview" in labels
    assert AppConfig.create(PACKAGE).verbose_name.startswith("Downloads")


def test_storages_in_migrations_are_found_again() -> None:
    """A migration names the storage as the project imports it."""
    text, imports = MigrationWriter.serialize(SignedFileSystemStorage(base_url="/loans/"))
    assert text == f"{PACKAGE}.storage.SignedFileSystemStorage(base_url='/loans/')"
    assert imports == {f"import {PACKAGE}.storage"}
    assert isinstance(SignedFileSystemStorage(), FileSystemStorage)


def test_tools_do_what_they_say() -> None:
    """Small functions of old are there."""
    assert content_type_to_charset('text/html; charset="utf-8"') == "utf-8"
    assert content_type_to_charset("text/html") is None
    assert url_basename("/a/b%20c.txt?v=1", "text/plain") == "b c.txt"
    assert content_disposition("hé.txt").startswith("attachment; filename=")
    assert import_member(f"{PACKAGE}.views.DownloadMixin") is downloadview.DownloadMixin


def test_sendfile_answers_like_any_download(tmp_path: Any) -> None:
    """The function has its old arguments, and conditions and ranges are answered."""
    path = tmp_path / "a.txt"
    path.write_text("Once upon a time")
    request = RequestFactory().get("/", headers={"Range": "bytes=0-3"})
    part: Any = sendfile(request, str(path), True, "tale.txt", "text/x-tale", None)
    assert (part.status_code, part.getvalue()) == (206, b"Once")
    assert part.headers["Content-Disposition"] == 'attachment; filename="tale.txt"'
    assert part.headers["Content-Type"] == "text/x-tale"
    shown: Any = sendfile(RequestFactory().get("/"), filename=path, encoding="br")
    assert shown.headers["Content-Disposition"] == 'inline; filename="a.txt"'
    assert shown.headers["Content-Encoding"] == "br"
    with pytest.raises(Http404):
        sendfile(RequestFactory().get("/"), str(tmp_path / "absent.txt"))
