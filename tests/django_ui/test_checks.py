"""The system checks: what is wrong with the settings is told before the first request."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from botocore.config import Config
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.checks import CheckMessage
from django.core.checks.registry import registry
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models
from django.http import HttpResponse
from django.test import override_settings
from django.test.utils import isolate_apps
from django.urls import include, path, re_path
from django.views import View
from storages.backends.s3 import S3Storage

from downloadable.adapters.delegates import Nginx
from downloadable.adapters.roots import Roots
from downloadable.django_ui.checks import check_downloadable
from downloadable.django_ui.checks.rules import RULES
from downloadable.django_ui.views import PathDownloadView

NGINX, APACHE, LIGHTTPD, CADDY, REDIRECT = (
    f"downloadable.adapters.delegates.{name}"
    for name in ("Nginx", "Apache", "Lighttpd", "Caddy", "PresignedRedirect")
)
OURS = "downloadable.DownloadMiddleware"
SMART = "downloadable.django_ui.downloadview.SmartDownloadMiddleware"
GZIP = "django.middleware.gzip.GZipMiddleware"
CONDITIONAL = "django.middleware.http.ConditionalGetMiddleware"
CACHE = "django.middleware.cache.UpdateCacheMiddleware"
S3 = "storages.backends.s3.S3Storage"
GOOGLE = "storages.backends.gcloud.GoogleCloudStorage"
CAREFUL: dict[str, Any] = {"file_overwrite": False, "signature_version": "s3v4"}
FILES = "django.core.files.storage.FileSystemStorage"
STATIC = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


async def heard_async(served: object) -> None:
    """Observe in the wrong colour."""


class Unmakeable:
    """A delegate that fails when it is made."""

    def __init__(self) -> None:
        raise OSError("The disk is on fire.")


class Encrypted(FileSystemStorage):
    """Opens in its own way, so that nobody else may send what is on the disk."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        raise NotImplementedError


class Broken(FileSystemStorage):
    """Cannot be made."""

    def __init__(self) -> None:
        raise OSError("There is no such share.")


class Remote(InMemoryStorage):
    """Stands for one that would call a server when it is made."""

    def __init__(self) -> None:
        raise AssertionError("A check has made a storage that is not in a directory.")


class Stranger:
    """A delegate of somebody else, which has roots of its own kind, and cannot be compared by its hash."""

    keeps_validators = True
    roots = ("anything",)
    __hash__ = None  # type: ignore[assignment]

    def hand_over(self, content: object, offer: object) -> None:
        """Hand nothing over."""


def delegates(*described: Any, **others: Any) -> dict[str, Any]:
    """Return settings with delegates, each a dotted path and its options."""
    made = [{"BACKEND": one[0], "OPTIONS": one[1]} if isinstance(one, tuple) else one for one in described]
    return {"DOWNLOADABLE": {"DELEGATES": made, **others}}


def roots(*pairs: Any, backend: str = NGINX) -> dict[str, Any]:
    """Return settings with one delegate that has these roots."""
    return delegates((backend, {"roots": dict(pairs)}))


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """Return a directory with what a project has."""
    for name in ("media/big", "other", "code"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "file").touch()
    (tmp_path / "code" / "db.sqlite3").touch()
    (tmp_path / "link").symlink_to("media")
    return tmp_path


def checked(top: Path, **changed: Any) -> list[CheckMessage]:
    """Return the messages for a project that is right but for what is *changed*."""
    right = {
        **roots((f"{top}/media", "/protected/")),
        "MEDIA_ROOT": f"{top}/media",
        "MIDDLEWARE": [GZIP, CONDITIONAL, OURS],
    }
    with override_settings(**{**right, **changed}):
        return check_downloadable()


def ids(messages: list[CheckMessage]) -> list[str]:
    """Return the numbers of *messages*."""
    return [str(message.id).removeprefix("downloadable.") for message in messages]


WRONG: list[tuple[str, str, Callable[[str], dict[str, Any]]]] = [
    ("E001", "no dictionary", lambda top: {"DOWNLOADABLE": []}),
    ("E001", "unknown option", lambda top: {"DOWNLOADABLE": {"DELEGATE": []}}),
    ("E001", "options that cannot be sorted", lambda top: {"DOWNLOADABLE": {1: 2, "x": 3}}),
    ("E001", "text for a list", lambda top: {"DOWNLOADABLE": {"DELEGATES": NGINX}}),
    ("E001", "text for a dictionary", lambda top: {"DOWNLOADABLE": {"POLICY": "private"}}),
    ("E002", "a path alone", lambda top: delegates(NGINX)),
    ("E002", "a class, not its path", lambda top: delegates((Nginx, {"roots": {}}))),
    ("E002", "misspelt OPTIONS", lambda top: delegates({"BACKEND": NGINX, "OPTION": {}})),
    ("E003", "no module", lambda top: delegates(("myproject.delegates.Nginx", {}))),
    ("E003", "no such name", lambda top: delegates(("downloadable.adapters.delegates.NginX", {}))),
    ("E004", "forgotten roots", lambda top: delegates((NGINX, {}))),
    ("E004", "unknown option of a backend", lambda top: delegates((REDIRECT, {"expires": 5}))),
    ("E004", "OPTIONS that are a list", lambda top: delegates((NGINX, ["roots"]))),
    ("E004", "a relative root", lambda top: roots(("srv/media", "/protected/"))),
    ("E004", "a URL for who cannot fetch", lambda top: roots(("http://a/", "/a/"), backend=CADDY)),
    ("E004", "a backend that raises", lambda top: delegates((f"{__name__}.Unmakeable", {}))),
    ("E004", "a backend without a signature", lambda top: delegates(("builtins.int", {"x": 1}))),
    ("E005", "no delegate", lambda top: delegates(("builtins.dict", {}))),
    ("E006", "unknown field", lambda top: {"DOWNLOADABLE": {"POLICY": {"atachment": True}}}),
    ("E006", "a value no field can have", lambda top: {"DOWNLOADABLE": {"POLICY": {"content_type": "pdf"}}}),
    ("E007", "no module", lambda top: {"DOWNLOADABLE": {"OBSERVERS": ["myproject.audit.record"]}}),
    ("E007", "an async function", lambda top: {"DOWNLOADABLE": {"OBSERVERS": [f"{__name__}.heard_async"]}}),
    ("E007", "no function", lambda top: {"DOWNLOADABLE": {"OBSERVERS": [3]}}),
    ("E008", "a path", lambda top: {"DOWNLOADABLE": {"TRUSTED_ORIGINS": ["http://minio:9000/files"]}}),
    ("E008", "no scheme", lambda top: {"DOWNLOADABLE": {"TRUSTED_ORIGINS": ["minio:9000"]}}),
    ("E008", "no text", lambda top: {"DOWNLOADABLE": {"TRUSTED_ORIGINS": [9000]}}),
    ("E009", "a file", lambda top: roots((f"{top}/file", "/p/"), (f"{top}/media", "/q/"))),
    ("E010", "unknown alias", lambda top: roots(("uploads", "/p/"), (f"{top}/media", "/q/"))),
    ("E011", "no middleware", lambda top: {"MIDDLEWARE": [GZIP]}),
    ("E011", "only what cannot be imported", lambda top: {"MIDDLEWARE": ["nothing.Here", 3]}),
    ("E012", "middleware", lambda top: {"MIDDLEWARE": [OURS, "django_downloadview.SmartDownloadMiddleware"]}),
    ("E012", "a setting", lambda top: {"DOWNLOADVIEW_BACKEND": "django_downloadview.nginx.X"}),
    ("E012", "a rule", lambda top: {"DOWNLOADVIEW_RULES": [{"backend": "django_downloadview.apache.X"}]}),
    (
        "E012",
        "a storage",
        lambda top: {
            "STORAGES": {"default": {"BACKEND": "django_downloadview.SignedFileSystemStorage"}, "x": STATIC}
        },
    ),
    ("E013", "no signed storage", lambda top: {"SECRET_KEY": ""}),
    (
        "E013",
        "a signed storage",
        lambda top: {
            "SECRET_KEY": "",
            "STORAGES": {
                "default": {"BACKEND": FILES},
                "s": {"BACKEND": "downloadable.SignedFileSystemStorage"},
            },
        },
    ),
    ("W001", "no directory", lambda top: roots((f"{top}/new", "/p/"), (f"{top}/media", "/q/"))),
    ("W003", "one in another", lambda top: roots((f"{top}/media", "/p/"), (f"{top}/media/big", "/p/big/"))),
    ("W003", "one twice", lambda top: roots((f"{top}/media", "/p/"), (f"{top}/media/", "/p/"))),
    ("W003", "one and a link to it", lambda top: roots((f"{top}/media", "/p/"), (f"{top}/link", "/p/"))),
    (
        "W003",
        "a URL in another",
        lambda top: roots(("http://a/", "/a/"), ("http://a/b/", "/b/"), (f"{top}/media", "/p/")),
    ),
    (
        "W004",
        "a root of two delegates",
        lambda top: delegates(
            (NGINX, {"roots": {f"{top}/media": "/p/"}}), (NGINX, {"roots": {f"{top}/media/big": "/p/big/"}})
        ),
    ),
    ("W005", "everything", lambda top: roots(("/", "/p/"))),
    (
        "W005",
        "the settings",
        lambda top: roots((str(Path(__file__).parents[2]), "/p/"), (f"{top}/media", "/q/")),
    ),
    ("W005", "the project", lambda top: {"BASE_DIR": Path(top, "media", "big")}),
    (
        "W005",
        "a storage of the project",
        lambda top: {**roots(("default", "/p/")), "BASE_DIR": Path(top, "media", "big")},
    ),
    ("W006", "a target", lambda top: roots((f"{top}/media", "/protected"))),
    ("W006", "a target of Caddy", lambda top: roots((f"{top}/media", "/protected"), backend=CADDY)),
    ("W006", "a prefix", lambda top: roots(("http://a", "/a/"), (f"{top}/media", "/p/"))),
    ("W007", "one target", lambda top: roots((f"{top}/media", "/p/"), (f"{top}/other", "/p/"))),
    ("W007", "one below another", lambda top: roots((f"{top}/media", "/p/"), (f"{top}/other", "/p/x/"))),
    ("W007", "a directory and a URL", lambda top: roots((f"{top}/media", "/p/"), ("http://a/", "/p/"))),
    (
        "W007",
        "one target of two delegates",
        lambda top: delegates(
            (NGINX, {"roots": {f"{top}/media": "/p/"}}), (NGINX, {"roots": {f"{top}/other": "/p/"}})
        ),
    ),
    (
        "W009",
        "an encrypted storage",
        lambda top: {
            **roots(("e", "/e/"), (f"{top}/media", "/p/")),
            "STORAGES": {"default": {"BACKEND": FILES}, "e": {"BACKEND": f"{__name__}.Encrypted"}},
        },
    ),
    ("W010", "the default storage", lambda top: roots((f"{top}/other", "/p/"))),
    (
        "W010",
        "another storage",
        lambda top: {
            "STORAGES": {
                "default": {"BACKEND": FILES},
                "o": {"BACKEND": FILES, "OPTIONS": {"location": f"{top}/other"}},
            }
        },
    ),
    ("W011", "no MEDIA_ROOT", lambda top: {"MEDIA_ROOT": ""}),
    ("W011", "no MEDIA_ROOT for a root", lambda top: {**roots(("default", "/p/")), "MEDIA_ROOT": ""}),
    (
        "W012",
        "nginx and Apache",
        lambda top: delegates(
            (NGINX, {"roots": {f"{top}/media": "/p/"}}),
            (APACHE, {"roots": [f"{top}/media"]}),
            (LIGHTTPD, {"roots": [f"{top}/media"]}),
        ),
    ),
    ("W013", "compression", lambda top: {"MIDDLEWARE": [OURS, GZIP]}),
    ("W013", "conditions", lambda top: {"MIDDLEWARE": [OURS, CONDITIONAL]}),
    ("W013", "rules of old", lambda top: {"DOWNLOADABLE": {}, "MIDDLEWARE": [SMART, GZIP]}),
    ("W013", "compression by others", lambda top: {"MIDDLEWARE": [OURS, "django_brotli.middleware.Brotli"]}),
    (
        "W014",
        "a public policy",
        lambda top: {
            **delegates(
                (NGINX, {"roots": {f"{top}/media": "/p/"}}), POLICY={"cache_control": "public, max-age=60"}
            ),
            "MIDDLEWARE": [CACHE, OURS],
        },
    ),
    (
        "W014",
        "no policy",
        lambda top: {
            **delegates((NGINX, {"roots": {f"{top}/media": "/p/"}}), POLICY={"cache_control": None}),
            "MIDDLEWARE": [CACHE, OURS],
        },
    ),
    ("W016", "a setting", lambda top: {"DOWNLOADVIEW_BACKEND": "myproject.Middleware"}),
    ("W016", "rules", lambda top: {"DOWNLOADVIEW_RULES": [{"source_dir": "/srv"}]}),
    ("W018", "a bucket", lambda top: {"STORAGES": {"default": {"BACKEND": S3, "OPTIONS": CAREFUL}}}),
    (
        "W022",
        "a bucket",
        lambda top: {"DOWNLOADABLE": {}, "STORAGES": {"default": {"BACKEND": S3}}},
    ),
]


@pytest.mark.parametrize(
    ("number", "changed"), [pytest.param(row[0], row[2], id=f"{row[0]}-{row[1]}") for row in WRONG]
)
def test_what_is_wrong_is_told_once(number: str, changed: Callable[[str], dict[str, Any]], top: Path) -> None:
    """Each mistake has one message, with an id, a sentence and what to write."""
    (message,) = checked(top, **changed(str(top)))
    assert message.id == f"downloadable.{number}"
    assert message.is_serious() is number.startswith("E")
    assert message.hint


RIGHT: dict[str, Callable[[str], dict[str, Any]]] = {
    "a project like any other": lambda top: {},
    "every option": lambda top: delegates(
        (NGINX, {"roots": {f"{top}/media": "/protected/"}}),
        OBSERVERS=["logging.info"],
        POLICY={"cache_control": "no-store"},
        TRUSTED_ORIGINS=["http://minio:9000"],
    ),
    "no setting at all": lambda top: {"DOWNLOADABLE": {}, "MIDDLEWARE": []},
    "no delegates, but middleware for hand-built responses": lambda top: {"DOWNLOADABLE": {}},
    "a storage by its alias": lambda top: roots(("default", "/protected/")),
    "a storage and its directory, by one name": lambda top: roots(
        ("default", "/protected/"), (f"{top}/media", "/protected/")
    ),
    "directories that Apache knows by the same path": lambda top: delegates(
        (APACHE, {"roots": [f"{top}/media", f"{top}/other"]})
    ),
    "a root above a storage": lambda top: {"MEDIA_ROOT": f"{top}/media/big"},
    "a root for a part of a storage": lambda top: roots((f"{top}/media/big", "/big/")),
    "several redirections": lambda top: {
        **delegates((REDIRECT, {}), (REDIRECT, {"expires_in": 5})),
        "STORAGES": {"default": {"BACKEND": S3, "OPTIONS": CAREFUL}},
    },
    "a private policy and a cache": lambda top: {"MIDDLEWARE": [CACHE, GZIP, OURS]},
    "a storage that cannot be made": lambda top: {
        "STORAGES": {"default": {"BACKEND": FILES}, "b": {"BACKEND": f"{__name__}.Broken"}}
    },
    "a bucket that nginx fetches from": lambda top: {
        **roots(("https://bucket.example/", "/b/"), (f"{top}/media", "/p/")),
        "STORAGES": {"default": {"BACKEND": S3, "OPTIONS": CAREFUL}},
    },
    "a bucket of static files": lambda top: {
        "STORAGES": {"default": {"BACKEND": FILES}, "staticfiles": {"BACKEND": S3}}
    },
    "a storage that would call a server": lambda top: {
        **roots(("r", "/r/"), (f"{top}/media", "/p/")),
        "STORAGES": {"default": {"BACKEND": FILES}, "r": {"BACKEND": S3, "OPTIONS": CAREFUL}},
    },
    "a remote storage for everything": lambda top: {
        "STORAGES": {"default": {"BACKEND": f"{__name__}.Remote"}}
    },
    "an encrypted storage outside": lambda top: {
        "STORAGES": {
            "default": {"BACKEND": FILES},
            "e": {"BACKEND": f"{__name__}.Encrypted", "OPTIONS": {"location": f"{top}/other"}},
        }
    },
    "a delegate of somebody else": lambda top: delegates((f"{__name__}.Stranger", {})),
    "signed links, and a key": lambda top: {
        "STORAGES": {"default": {"BACKEND": "downloadable.SignedFileSystemStorage"}}
    },
    "settings of the compatible middleware": lambda top: {
        "MIDDLEWARE": [OURS, "downloadable.django_ui.downloadview.SmartDownloadMiddleware"],
        "DOWNLOADVIEW_RULES": [{"source_dir": "/srv"}],
    },
}


@pytest.mark.parametrize("changed", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_right_has_no_message(changed: Callable[[str], dict[str, Any]], top: Path) -> None:
    """A project that works is left in peace."""
    assert checked(top, **changed(str(top))) == []


@pytest.mark.parametrize(
    ("changed", "numbers"),
    [
        pytest.param({"MIDDLEWARE": None}, ["E011"], id="no middleware"),
        pytest.param({"MIDDLEWARE": [None, 3, OURS]}, [], id="middleware of no kind"),
        pytest.param({"STORAGES": {"default": FILES, "x": {}}}, [], id="storages of no kind"),
        pytest.param({"STORAGES": {"default": {"BACKEND": "builtins.dict"}}}, [], id="no storage"),
        pytest.param({"MEDIA_ROOT": None}, ["W011"], id="no media root"),
        pytest.param({"ROOT_URLCONF": 3, "DOWNLOADVIEW_RULES": 3}, ["W016"], id="rules of no kind"),
        pytest.param({"BASE_DIR": 3}, [], id="base of no kind"),
    ],
)
def test_what_is_no_business_of_ours_makes_no_check_fail(
    changed: dict[str, Any], numbers: list[str], top: Path
) -> None:
    """What is wrong with settings of Django, Django says; a check never raises."""
    assert ids(checked(top, **changed)) == numbers


def test_one_mistake_does_not_hide_another(top: Path) -> None:
    """A delegate that cannot be made leaves the others to be looked at."""
    described = delegates((NGINX, {}), (NGINX, {"roots": {f"{top}/media": "/p"}}), POLICY={"x": 1})
    assert ids(checked(top, **described, MIDDLEWARE=[CACHE])) == ["E004", "E006", "W006", "E011"]


def test_messages_say_which_delegate_and_which_root(top: Path) -> None:
    """With several delegates of one class, the place in the setting tells them apart."""
    described = delegates(
        (NGINX, {"roots": {f"{top}/media": "/p/"}}), (NGINX, {"roots": {f"{top}/gone": "/q/"}})
    )
    (message,) = checked(top, **described)
    assert message.msg == f"The root '{top}/gone' of DELEGATES[1] (Nginx) does not exist."


@pytest.mark.parametrize("names", [("media", "media/big"), ("media/big", "media")])
def test_of_overlapping_roots_the_message_names_the_one_that_counts(
    names: tuple[str, str], top: Path
) -> None:
    """What the check says of roots within roots is what the delegate does."""
    given = {f"{top}/{name}": f"/{name}/" for name in names}
    (message,) = checked(top, **delegates((NGINX, {"roots": given})))
    assert f"'{top}/media/big' counts" in message.msg
    assert [root.target for root in Roots(given, uris=True).directories if root.given.endswith("big")] == [
        "/media/big"
    ]


def test_roots_within_roots_in_another_order_to_the_server_are_mixed_up(top: Path) -> None:
    """A target below another is right only where the directories lie in the same way."""
    described = roots((f"{top}/media", "/p/x/"), (f"{top}/media/big", "/p/"))
    assert ids(checked(top, **described)) == ["W003", "W007"]


def test_a_root_that_cannot_be_searched_is_told(top: Path) -> None:
    """A process that cannot look at files hands none over."""
    with forbidden(top / "media"):
        found = checked(top)
    assert ids(found) == ["W002"]


@pytest.mark.parametrize(
    ("directory", "expected"), [("nowhere", []), ("other", []), ("code", ["W019"]), ("media", ["W019"])]
)
def test_a_root_that_is_said_to_be_unseen(top: Path, directory: str, expected: list[str]) -> None:
    """A root that only the server sees need not be there, or may be empty; with files in it, Django should look."""
    (top / "media/a.txt").touch()
    given = {f"{top}/{directory}": "/unseen/", f"{top}/media": "/protected/"}
    described = (NGINX, {"roots": given, "unseen": [f"{top}/{directory}"]})
    assert ids(checked(top, **delegates(described))) == expected


@contextmanager
def forbidden(directory: Path) -> Iterator[None]:
    """Let nobody search *directory*, this process included."""
    mode, user = directory.stat().st_mode, os.geteuid()
    directory.chmod(0)
    try:
        if user == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(user)
        directory.chmod(mode)


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_a_root_with_a_database_in_it_is_told(top: Path) -> None:
    """A directory that holds more than files to download is no root."""
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": top / "code" / "db.sqlite3"}
    described = roots((f"{top}/code", "/p/"), (f"{top}/media", "/q/"))
    (message,) = checked(top, **described, DATABASES={"default": database}, BASE_DIR=top / "code")
    assert message.id == "downloadable.W005"
    assert message.msg.endswith(
        f"contains the project ('{top}/code') and the database 'default' ('{top}/code/db.sqlite3')."
    )


def test_a_server_without_roots_is_told(top: Path) -> None:
    """A delegate that can send nothing is a mistake, beside the storages that are then outside of all roots."""
    assert ids(checked(top, **delegates((NGINX, {"roots": {}})))) == ["W008", "W010"]


def test_fields_are_named_with_their_storage(top: Path) -> None:
    """All that keep their files in one place are told in one message."""
    with isolate_apps("tests"):

        class Scan(models.Model):
            image = models.FileField(storage=FileSystemStorage(location=top / "other"))

            def __str__(self) -> str:
                return "scan"

        from django.apps import apps

        apps.register_model("tests", Scan)  # the registry of the checks, not the isolated one
        try:
            (message,) = checked(top)
        finally:
            del apps.all_models["tests"]["scan"]
            apps.clear_cache()
    assert message.id == "downloadable.W010"
    assert f"the files of tests.Scan.image: '{top}/other'" in message.msg
    assert f"('{top}/media')" in message.msg


def test_settings_that_are_in_no_module_are_in_no_root(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project may also be configured by a call."""
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE")
    assert checked(top) == []


def test_without_file_fields_an_empty_media_root_is_no_mistake(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project without uploads need not say where they go."""
    from django.apps import apps

    monkeypatch.setattr(apps, "get_models", list)
    assert checked(top, MEDIA_ROOT="") == []


def test_what_is_left_of_an_installed_downloadview_is_a_warning(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While both packages are there, the old names work, and are told."""
    (top / "django_downloadview").mkdir()
    (top / "django_downloadview" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(top))
    (message,) = checked(top, MIDDLEWARE=[OURS, "django_downloadview.SmartDownloadMiddleware"])
    assert message.id == "downloadable.W015"
    assert message.hint == "Write 'downloadable.django_ui.downloadview.SmartDownloadMiddleware'."


@pytest.mark.parametrize("used", [True, False])
def test_a_lifetime_that_nobody_reads_is_told(used: bool, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who believes that links expire must not be wrong."""
    name = "downloadable.django_ui.downloadview"
    if used:
        monkeypatch.setitem(sys.modules, name, sys)
    else:
        monkeypatch.delitem(sys.modules, name, raising=False)
    found = checked(top, DOWNLOADVIEW_URL_EXPIRATION=60, ROOT_URLCONF="nothing.here")
    assert ids(found) == ([] if used else ["W016"])


@pytest.mark.parametrize("used", [True, False])
def test_redirections_without_a_store_that_signs_are_told(
    used: bool, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a storage that signs, only a source of fsspec could: where none is imported, nothing is redirected."""
    name = "downloadable.adapters.fsspec"
    if used:
        monkeypatch.setitem(sys.modules, name, sys)
    else:
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert ids(checked(top, **delegates((REDIRECT, {})))) == ([] if used else ["W017"])
    assert checked(top, **delegates((REDIRECT, {})), ROOT_URLCONF=None) == checked(
        top, **delegates((REDIRECT, {}))
    )


class Page(PathDownloadView):
    """Says its root itself."""

    root = "/srv/pages"


class Chosen(PathDownloadView):
    """Puts a directory before the path."""

    def get_path(self) -> str:
        return f"/srv/{super().get_path()}"


def urls(*patterns: Any) -> dict[str, Any]:
    """Return the settings of a project with *patterns*."""
    module = ModuleType("urls_of_a_project")
    module.__dict__["urlpatterns"] = list(patterns)
    return {"ROOT_URLCONF": module}


ROOTLESS = PathDownloadView.as_view()
UNMOUNTABLE: dict[str, Any] = {"ROOT_URLCONF": "nothing.here"}


@pytest.mark.parametrize(
    ("project", "route"),
    [
        pytest.param(urls(path("a/<path:path>", ROOTLESS)), "a/<path:path>", id="plain"),
        pytest.param(urls(re_path("^a/(?P<path>.+)$", ROOTLESS)), "^a/(?P<path>.+)$", id="regex"),
        pytest.param(
            urls(path("a/<path:path>", login_required(ROOTLESS)), path("a/<path:path>", ROOTLESS)),
            "a/<path:path>",
            id="decorated, twice",
        ),
        pytest.param(
            urls(path("<str:path>/", include([path("a", ROOTLESS)]))), "<str:path>/a", id="included"
        ),
        pytest.param(
            urls(path("<str:page>", PathDownloadView.as_view(path_url_kwarg="page"))),
            "<str:page>",
            id="by another name",
        ),
        pytest.param(urls(path("<path:path>", PathDownloadView.as_view(root="/srv"))), None, id="root"),
        pytest.param(urls(path("<path:path>", Page.as_view())), None, id="root of the class"),
        pytest.param(urls(path("<path:path>", Chosen.as_view())), None, id="hook"),
        pytest.param(urls(path("a", PathDownloadView.as_view(path="/srv/a"))), None, id="its own path"),
        pytest.param(urls(path("<path:path>", View.as_view())), None, id="other view"),
        pytest.param(urls(path("<path:path>", lambda request, path: HttpResponse())), None, id="function"),
        pytest.param(UNMOUNTABLE, None, id="no URLs"),
    ],
)
def test_views_of_paths_without_a_root_are_told(
    project: dict[str, Any], route: str | None, top: Path
) -> None:
    """What would fail at each request is told before the first one, once for each route."""
    found = checked(top, **project)
    assert ids(found) == ([] if route is None else ["W020"])
    assert all(repr(route) in message.msg for message in found)


def test_views_that_nobody_has_imported_are_not_looked_for(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project without our views does not get them imported."""
    monkeypatch.delitem(sys.modules, "downloadable.django_ui.views")
    assert checked(top, **urls(path("a/<path:path>", ROOTLESS))) == []


class Versioned(S3Storage):  # type: ignore[misc]  # which has no types
    """Says how it signs, and nothing else."""

    signature_version = "s3v4"
    file_overwrite = False


class OfTenant(S3Storage):  # type: ignore[misc]  # likewise
    """Chooses by itself, when it is used."""

    @property
    def custom_domain(self) -> str:
        """Return what only a request can tell."""
        raise NotImplementedError


def in_store(backend: str = S3, **options: Any) -> dict[str, Any]:
    """Return the settings of a project that redirects to a storage with these options."""
    stored = {"BACKEND": backend, "OPTIONS": options}
    return {**delegates((REDIRECT, {})), "STORAGES": {"default": stored, "staticfiles": {"BACKEND": S3}}}


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        pytest.param(in_store(**CAREFUL), [], id="careful"),
        pytest.param(in_store(), ["W021", "W022"], id="nothing said"),
        pytest.param({**in_store(), "DOWNLOADABLE": {}}, ["W022"], id="streamed by Django"),
        pytest.param(in_store(signature_version="s3v4", file_overwrite=True), [], id="meant"),
        pytest.param(in_store(**CAREFUL, custom_domain="a.example"), ["W017"], id="domain of its own"),
        pytest.param(in_store(**CAREFUL, querystring_auth=False), ["W017"], id="unsigned"),
        pytest.param(in_store(GOOGLE, **CAREFUL, querystring_auth=False), ["W017"], id="Google, unsigned"),
        pytest.param(in_store(GOOGLE), ["W022"], id="Google, nothing said"),
        pytest.param(in_store(f"{__name__}.Versioned"), [], id="said by the class"),
        pytest.param(
            in_store(f"{__name__}.Versioned", signature_version=None), ["W021"], id="taken back by OPTIONS"
        ),
        pytest.param(in_store(f"{__name__}.OfTenant"), [], id="a class that chooses by itself"),
        pytest.param(
            in_store(file_overwrite=False, client_config=Config(signature_version="s3v4")),
            [],
            id="client_config",
        ),
        pytest.param(
            in_store(**CAREFUL, client_config=Config()), ["W021"], id="client_config instead of what is said"
        ),
        pytest.param(
            {**in_store(), "AWS_S3_SIGNATURE_VERSION": "s3v4", "AWS_S3_FILE_OVERWRITE": False},
            [],
            id="said by settings",
        ),
    ],
)
def test_what_the_settings_say_of_a_store_is_judged(
    project: dict[str, Any], expected: list[str], top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that signs nothing, signs in the old way, or gives one user's name to another's file is told of."""
    monkeypatch.delitem(sys.modules, "downloadable.adapters.fsspec", raising=False)
    assert sorted(ids(checked(top, **project))) == expected


ELSEWHERE = {"W002", "W008", "W015", "W017", "W019", "W020", "W021"}
"""What has a test of its own rather than a row."""


def test_every_rule_is_tried() -> None:
    """No message is there that nobody has seen."""
    numbers = [rule.number for rule in RULES]
    assert numbers == sorted(set(numbers))
    assert set(numbers) == {row[0] for row in WRONG} | ELSEWHERE


class Blank:
    """Stands for any fact."""

    def __format__(self, spec: str) -> str:
        return "…"

    def __repr__(self) -> str:
        return "…"


class Blanks(dict[str, Blank]):
    """Any fact by any name."""

    def __missing__(self, key: str) -> Blank:
        return Blank()


def test_the_documentation_lists_every_rule() -> None:
    """The table of the documentation says what the checks say."""
    page = (Path(__file__).parents[2] / "docs" / "checks.md").read_text().replace("`", "")
    rows = re.findall(r"^\| downloadable\.(\w+) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert [row[0] for row in rows] == [rule.number for rule in RULES]
    for rule, (_, says, mend) in zip(RULES, rows, strict=True):
        assert mend == rule.mend.format_map(Blanks())
        if rule.says != "{why}":  # which is the sentence of the error that a download would raise
            assert says == rule.says.format_map(Blanks())


@pytest.fixture
def registered() -> Iterator[None]:
    """Forget the checks that a test has registered."""
    before = set(registry.registered_checks)
    yield
    registry.registered_checks = before


@pytest.mark.usefixtures("registered")
def test_the_application_registers_the_checks(top: Path) -> None:
    """``manage.py check`` fails with our message where the application is installed."""
    with override_settings(
        INSTALLED_APPS=[*settings.INSTALLED_APPS, "downloadable.django_ui"],
        MIDDLEWARE=[OURS],
        **roots((f"{top}/file", "/p/")),
    ):
        with pytest.raises(SystemCheckError, match=r"\(downloadable\.E009\)"):
            call_command("check")
        with pytest.raises(SystemCheckError, match=r"\(downloadable\.E009\)"):
            call_command("check", tags=["downloadable"])


MANAGE = """
import os
from django.core.management import execute_from_command_line
os.environ["DJANGO_SETTINGS_MODULE"] = "project"
execute_from_command_line()
"""

PROJECT = """
SECRET_KEY = "for this test"
DEBUG = True
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["downloadable.django_ui"]
MIDDLEWARE = ["downloadable.DownloadMiddleware"]
DOWNLOADABLE = {"DELEGATES": [{"BACKEND": "downloadable.adapters.delegates.Nginx", "OPTIONS": {"root": {}}}]}
"""


@pytest.mark.parametrize("command", ["check", "runserver"])
def test_wrong_settings_are_told_without_a_traceback(command: str, top: Path) -> None:
    """Neither a server nor a check starts with a delegate that cannot be made; both say why."""
    (top / "manage.py").write_text(MANAGE)
    (top / "project.py").write_text(PROJECT)
    (top / "urls.py").write_text("urlpatterns = []\n")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        where = ["--noreload", f"127.0.0.1:{held.getsockname()[1]}"] if command == "runserver" else []
    done = subprocess.run(
        [sys.executable, "manage.py", command, *where],
        cwd=top,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "(downloadable.E004)" in done.stderr
    assert "HINT: Write the OPTIONS that 'downloadable.adapters.delegates.Nginx' takes: roots," in done.stderr
    assert "Traceback" not in done.stderr
