"""Which files a rule is for, and what the server in front is told of them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage
from django.http import Http404
from django.test import RequestFactory, override_settings
from django.utils.module_loading import import_string

from downloadable.django_ui.downloadview import (
    HTTPDownloadView,
    ObjectDownloadView,
    SmartDownloadMiddleware,
    StorageDownloadView,
    VirtualDownloadView,
    VirtualFile,
    temporary_media_root,
)
from downloadable.django_ui.downloadview.nginx import XAccelRedirectMiddleware
from tests.models import Document
from tests.parity.fronts import (
    PACKAGE,
    SERVERS,
    asked,
    file_view,
    middleware_of,
    nothing,
    rule_of,
    told,
    written,
)

EACH_SERVER = pytest.mark.parametrize("server", SERVERS)


@EACH_SERVER
@pytest.mark.parametrize(
    ("source", "sent"),
    [("media", True), ("media/", True), ("med", False), ("media/a", False), ("media/deep", True)],
)
def test_directories_match_by_segments(server: str, source: str, sent: bool, tmp_path: Path) -> None:
    """A directory is not for its neighbour whose name begins alike."""
    top = tmp_path / "media" / "deep"
    view = file_view(written(top / "tale.txt"))
    answer = asked(middleware_of(server, view, "/there/", source_dir=f"{tmp_path}/{source}"))
    below = "tale.txt" if source == "media/deep" else "deep/tale.txt"
    assert told(answer) == (f"/there/{below}" if sent else None)


@EACH_SERVER
@pytest.mark.parametrize(
    ("base_url", "source", "sent"),
    [
        ("/media/", "/media/", True),
        ("/media/", "/media", True),
        ("/media-private/", "/media", False),
        ("/media/", "/med", False),
        ("https://media.example/m/", "https://media.example/m", True),
        ("https://media.example/m/", "https://MEDIA.example:443/m/", True),
        ("https://media.example.evil/m/", "https://media.example/m/", False),
        ("https://media.example/m/", "/m/", False),
        ("/m/", "https://media.example/m/", False),
    ],
)
def test_urls_match_by_segments(server: str, base_url: str, source: str, sent: bool, tmp_path: Path) -> None:
    """A URL is not for its neighbour whose text begins alike."""
    written(tmp_path / "a" / "tale.txt")
    view = StorageDownloadView.as_view(
        storage=FileSystemStorage(tmp_path, base_url=base_url), path="a/tale.txt"
    )
    answer = asked(middleware_of(server, view, "/there", source_url=source))
    assert told(answer) == ("/there/a/tale.txt" if sent else None)


AWKWARD = "100% #1? hé 日本 %41;+&.txt"
ENCODED = "100%25%20%231%3F%20h%C3%A9%20%E6%97%A5%E6%9C%AC%20%2541%3B%2B%26.txt"
SPELLED = {
    "nginx": ENCODED,
    "apache": AWKWARD.encode().decode("latin-1"),
    "lighttpd": ENCODED,
}


@EACH_SERVER
@pytest.mark.parametrize("by", ["source_dir", "source_url"])
def test_names_are_spelled_as_each_server_wants_them(server: str, by: str, tmp_path: Path) -> None:
    """Whichever rule matches, nginx and lighttpd get the name percent-encoded, and Apache its bytes."""
    written(tmp_path / AWKWARD)
    storage = FileSystemStorage(tmp_path, base_url="/media/")
    view = StorageDownloadView.as_view(storage=storage, path=AWKWARD)
    source = {"source_dir": tmp_path} if by == "source_dir" else {"source_url": "/media/"}
    answer = asked(middleware_of(server, view, "/there/", **source))
    assert told(answer) == f"/there/{SPELLED[server]}"
    assert told(answer) == dict(answer.items())[SERVERS[server][2]]


@EACH_SERVER
def test_nothing_climbs(server: str, tmp_path: Path) -> None:
    """Neither ``..`` nor a link out of the directory nor a directory is handed over."""
    media = tmp_path / "media"
    written(media / "a" / "tale.txt")
    secret = written(tmp_path / "secret.txt", "nobody's")
    (media / "link.txt").symlink_to(secret)
    for path in (f"{media}/a/../../secret.txt", f"{media}/link.txt"):
        answer = asked(middleware_of(server, file_view(path), "/there/", source_dir=media))
        assert told(answer) is None
        answer.close()
    storage = FileSystemStorage(media, base_url="/media/")
    answer = asked(
        middleware_of(
            server,
            StorageDownloadView.as_view(storage=storage, path="link.txt"),
            "/there/",
            source_url="/media/",
        )
    )
    assert told(answer) is None
    answer.close()
    for path in (f"{media}/a", f"{media}/absent.txt"):
        with pytest.raises(Http404):
            asked(middleware_of(server, file_view(path), "/there/", source_dir=media))


@pytest.mark.django_db
@EACH_SERVER
def test_directories_are_for_files_of_storages_and_rows(server: str) -> None:
    """A file of a storage, or of a row, is below the directory where it is, not where its name is."""
    with temporary_media_root():
        row = Document(slug="tale")
        row.file.save("tale.txt", ContentFile("Once"))
        top = Path(row.file.path).parent
        for view in (
            ObjectDownloadView.as_view(model=Document),
            StorageDownloadView.as_view(path=str(row.file.name)),
        ):
            handing = middleware_of(
                server, lambda request, view=view: view(request, slug="tale"), "/there/", source_dir=top
            )
            assert told(asked(handing)) == "/there/tale.txt"


class Nowhere(FileSystemStorage):
    """A storage whose files have no URL."""

    def url(self, name: str | None) -> str:
        raise NotImplementedError("It has none.")


class Odd(FileSystemStorage):
    """A storage that has no URL for some files."""

    def url(self, name: str | None) -> str:
        raise ValueError("Not for this one.")


class Sealed(FileSystemStorage):
    """A storage whose files on the disk are not what it opens."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        with super()._open(name, mode) as sealed:  # type: ignore[misc]  # documented, but not in the stubs
            return ContentFile(sealed.read()[::-1], name=name)


@EACH_SERVER
@pytest.mark.parametrize("kind", [Nowhere, Odd, Sealed])
def test_a_storage_without_urls_is_served_by_django(
    server: str, kind: type[FileSystemStorage], tmp_path: Path
) -> None:
    """What cannot be told by URL is sent by Django, and so is what is behind the URL in another form."""
    written(tmp_path / "tale.txt", "ecno" if kind is Sealed else "once")
    view = StorageDownloadView.as_view(storage=kind(tmp_path, base_url="/media/"), path="tale.txt")
    answer = asked(middleware_of(server, view, "/there/", source_url="/media/"))
    assert told(answer) is None
    assert answer.getvalue() == b"once"


@EACH_SERVER
def test_what_is_in_memory_is_sent_by_django(server: str, tmp_path: Path) -> None:
    """However a file in memory is called, it is on no disk."""
    path = written(tmp_path / "tale.txt")

    class View(VirtualDownloadView):
        def get_file(self) -> Any:
            return VirtualFile(ContentFile("in memory").file, name=path, url="/media/tale.txt")

    memory = InMemoryStorage(base_url="/media/")
    memory.save("tale.txt", ContentFile("in memory"))
    for view in (View.as_view(), StorageDownloadView.as_view(storage=memory, path="tale.txt")):
        answer = asked(middleware_of(server, view, "/there/", source_dir=tmp_path, source_url="/media/"))
        assert told(answer) is None
        assert answer.getvalue() == b"in memory"


class FarStorage(Storage):
    """A storage of another server, which is not asked for anything but URLs."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        raise AssertionError("Nobody opens this.")

    def url(self, name: str | None) -> str:
        return f"https://bucket.example/{name}?sig=a%2Bb"


def test_nginx_fetches_from_other_servers() -> None:
    """Below a URL with a host, nginx is told the path and the query."""

    class View(HTTPDownloadView):
        url = "https://bucket.example/a/tale%20one.txt?v=1"

    answer = asked(middleware_of("nginx", View.as_view(), "/bucket/", source_url="https://bucket.example/a"))
    assert told(answer) == "/bucket/tale%20one.txt?v=1"
    answer = asked(
        middleware_of(
            "nginx",
            StorageDownloadView.as_view(storage=FarStorage(), path="a/tale.txt"),
            "/bucket/",
            source_url="https://bucket.example/",
        )
    )
    assert told(answer) == "/bucket/a/tale.txt?sig=a%2Bb"


MISTAKES: list[Any] = [
    pytest.param({"destination_url": "/there/"}, "neither a source_dir nor a source_url", id="no source"),
    pytest.param({"source_url": "/media/"}, "where the server in front has the files", id="no destination"),
    pytest.param(
        {"source_dir": "media", "destination_url": "/t/"}, "must be an absolute path", id="relative"
    ),
    pytest.param({"source_url": "media/", "destination_url": "/t/"}, "must begin with '/'", id="url"),
    pytest.param({"source_url": "/m/", "destination_url": "there"}, "begins with '/'", id="destination"),
    pytest.param({"source_url": "/m/", "destination_url": "/t/", "expires": -1}, "expires=-1", id="expires"),
    pytest.param(
        {"source_url": "/m/", "destination_url": "/t/", "expires": "1"}, "expires='1'", id="expires text"
    ),
    pytest.param(
        {"source_url": "/m/", "destination_url": "/t/", "limit_rate": -1}, "limit_rate=-1", id="rate"
    ),
]


@pytest.mark.parametrize(("rule", "why"), MISTAKES)
def test_a_rule_that_cannot_work_is_refused_at_the_start(rule: dict[str, Any], why: str) -> None:
    """A rule without source or destination, say, is told when the middleware is made, not at the first download."""
    with (
        override_settings(
            DOWNLOADVIEW_BACKEND=f"{PACKAGE}.nginx.XAccelRedirectMiddleware", DOWNLOADVIEW_RULES=[rule]
        ),
        pytest.raises(ImproperlyConfigured, match=why),
    ):
        SmartDownloadMiddleware(nothing)
    with pytest.raises(ImproperlyConfigured, match=why):
        XAccelRedirectMiddleware(nothing, **rule)


def test_a_subclass_may_say_its_rule_later(tmp_path: Path) -> None:
    """What a subclass sets in its own __init__ is its rule, which is looked at when it is used."""

    class Later(XAccelRedirectMiddleware):
        def __init__(self, get_response: Any) -> None:
            super().__init__(get_response)
            self.source_dir, self.destination_url = tmp_path, "/there/"

    assert told(asked(Later(file_view(written(tmp_path / "tale.txt"))))) == "/there/tale.txt"


@pytest.mark.parametrize("setting", ["DOWNLOADVIEW_BACKEND", "DOWNLOADVIEW_RULES"])
def test_a_missing_setting_is_named(setting: str) -> None:
    """Without a backend or rules there is nothing smart to do."""
    both = {"DOWNLOADVIEW_BACKEND": SERVERS["nginx"][0], "DOWNLOADVIEW_RULES": []}
    del both[setting]
    with override_settings(**both), pytest.raises(ImproperlyConfigured, match=setting):
        SmartDownloadMiddleware(nothing)


@EACH_SERVER
@pytest.mark.parametrize("spare", [(), (None,)], ids=["as documented", "with a place for get_response"])
def test_rules_can_be_positional(server: str, spare: tuple[None, ...], tmp_path: Path) -> None:
    """A list of arguments begins with the directory, whether or not somebody has left a place before it."""
    view = file_view(written(tmp_path / "tale.txt"))
    smart = SmartDownloadMiddleware(
        view,
        backend_factory=import_string(SERVERS[server][0]),
        backend_options=[[*spare, str(tmp_path), None, "/there/"]],
    )
    assert told(asked(smart)) == "/there/tale.txt"


def test_a_rule_is_no_text() -> None:
    """A single text where a rule belongs is a mistake that is told."""
    with pytest.raises(ImproperlyConfigured, match="must be a dictionary, or a list"):
        SmartDownloadMiddleware(nothing, XAccelRedirectMiddleware, ["/media/"])


def test_the_first_rule_that_can_sends(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of several rules, with several backends, the first that is for a file counts; none is told of once."""
    caplog.set_level(logging.DEBUG, "downloadable")
    for name in ("a/b/tale.txt", "a/tale.txt", "tale.txt"):
        written(tmp_path / name)
    rules = [
        rule_of("lighttpd", "/lighttpd/", source_dir=tmp_path / "a" / "b"),
        rule_of("apache", "/apache/", source_dir=str(tmp_path / "a")),
    ]
    with override_settings(DOWNLOADVIEW_BACKEND=SERVERS["nginx"][0], DOWNLOADVIEW_RULES=rules):
        before = [dict(rule) for rule in rules]
        smart = SmartDownloadMiddleware(lambda request: file_view(f"{tmp_path}{request.path}")(request))
        assert rules == before
    found = {}
    for name in ("a/b/tale.txt", "a/tale.txt", "tale.txt", "tale.txt"):
        answer: Any = smart(RequestFactory().get(f"/{name}"))
        found[name] = told(answer)
        answer.close()
    assert found == {
        "a/b/tale.txt": "/lighttpd/tale.txt",
        "a/tale.txt": "/apache/tale.txt",
        "tale.txt": None,
    }
    warned = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warned) == 1
    assert f"sends '{tmp_path}/tale.txt'" in warned[0]
