from __future__ import annotations

import gzip
import logging
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, InMemoryStorage

from downloadable.adapters.delegates import Apache, Caddy, Lighttpd, Nginx, PresignedRedirect
from downloadable.adapters.delegating import Delegating, FrontServer
from downloadable.adapters.django_files import as_content
from downloadable.adapters.local import LocalContent, LocalSource
from downloadable.adapters.memory import MemoryContent
from downloadable.adapters.stored_files import StoredContent
from downloadable.domain import (
    PLAIN_GET,
    ContentNotFound,
    DownloadRequest,
    Plan,
    Resource,
    ServingPolicy,
    decide,
)
from downloadable.ports import (
    Content,
    Delegate,
    LocalFile,
    Location,
    Missing,
    RemoteUrl,
    ResponseOverrides,
    Signable,
    StoredFile,
)

LOGGER = "downloadable"


class Somewhere(Content):
    """A content that somebody else could find, and that nobody looks at here."""

    def __init__(self, *locations: Location) -> None:
        self._locations = locations

    def locations(self) -> tuple[Location, ...]:
        return self._locations

    def describe(self, asked: DownloadRequest) -> Resource:
        raise AssertionError("Nobody may look.")

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        raise AssertionError("Nobody may read.")


class Signing:
    """A store that signs links, and keeps what it was asked."""

    def __init__(self, answer: str | None = "https://bucket.example/a.pdf?X-Sig=1%2F2") -> None:
        self.answer = answer
        self.asked: list[tuple[ResponseOverrides, str, timedelta]] = []

    def __call__(self, overrides: ResponseOverrides, method: str, lifetime: timedelta) -> str | None:
        self.asked.append((overrides, method, lifetime))
        return self.answer


def offer_of(name: str = "a.pdf", asked: DownloadRequest = PLAIN_GET, **fields: Any) -> Plan:
    """Return what is offered for a file of that name."""
    return decide(Resource(name=name), ServingPolicy(validators=False, **fields), asked)


def told(delegate: Delegate, *locations: Location, offer: Plan | None = None) -> Plan | None:
    """Return what *delegate* adds to the offer of a file that is at *locations*."""
    return delegate.hand_over(Somewhere(*locations), offer or offer_of())


def value(delegate: FrontServer, *locations: Location) -> str | None:
    """Return the value of the delegate's field; ``None`` if it does not send the file."""
    own = told(delegate, *locations)
    return None if own is None else own.header(delegate.field)


# How names are spelled

NAMES: list[Any] = [
    # name, in a URI, raw as latin-1, for Caddy 2.6
    pytest.param("a.txt", "a.txt", "a.txt", "a.txt", id="plain"),
    pytest.param("a b.txt", "a%20b.txt", "a b.txt", "a b.txt", id="space"),
    pytest.param(" a.txt", "%20a.txt", " a.txt", " a.txt", id="leading space"),
    pytest.param("a.txt ", "a.txt%20", None, None, id="trailing space"),
    pytest.param("100%.txt", "100%25.txt", "100%.txt", "100%.txt", id="percent"),
    pytest.param("%41.txt", "%2541.txt", "%41.txt", "%41.txt", id="percent and digits"),
    pytest.param("a?b.txt", "a%3Fb.txt", "a?b.txt", None, id="question mark"),
    pytest.param("a#b.txt", "a%23b.txt", "a#b.txt", "a#b.txt", id="hash"),
    pytest.param("a+b&c=d.txt", "a%2Bb%26c%3Dd.txt", "a+b&c=d.txt", "a+b&c=d.txt", id="plus"),
    pytest.param("a\"b'c.txt", "a%22b%27c.txt", "a\"b'c.txt", "a\"b'c.txt", id="quotes"),
    pytest.param("a\\b.txt", "a%5Cb.txt", "a\\b.txt", "a\\b.txt", id="backslash"),
    pytest.param("a;b,c.txt", "a%3Bb%2Cc.txt", "a;b,c.txt", "a;b,c.txt", id="semicolon"),
    pytest.param(
        "[a]{b}<c>|.txt", "%5Ba%5D%7Bb%7D%3Cc%3E%7C.txt", "[a]{b}<c>|.txt", "[a]{b}<c>|.txt", id="brackets"
    ),
    pytest.param(
        "$a~b*c!d@e:f.txt", "%24a~b%2Ac%21d%40e%3Af.txt", "$a~b*c!d@e:f.txt", "$a~b*c!d@e:f.txt", id="signs"
    ),
    pytest.param(".hidden", ".hidden", ".hidden", ".hidden", id="leading dot"),
    pytest.param("-a.txt", "-a.txt", "-a.txt", "-a.txt", id="leading dash"),
    # These fit latin-1, in which Django would send them: another file, or none.
    pytest.param(
        "\u00fcn\u00ef.txt",
        "%C3%BCn%C3%AF.txt",
        "\u00c3\u00bcn\u00c3\u00af.txt",
        "\u00c3\u00bcn\u00c3\u00af.txt",
        id="latin-1",
    ),
    pytest.param("u\u0308.txt", "u%CC%88.txt", "u\u00cc\u0088.txt", "u\u00cc\u0088.txt", id="decomposed"),
    pytest.param("voil\u00e0", "voil%C3%A0", "voil\u00c3\u00a0", "voil\u00c3\u00a0", id="ends like a space"),
    # These do not, and Django would send a MIME word.
    pytest.param("\u65e5.txt", "%E6%97%A5.txt", "\u00e6\u0097\u00a5.txt", "\u00e6\u0097\u00a5.txt", id="CJK"),
    pytest.param(
        "\U0001f600.txt",
        "%F0%9F%98%80.txt",
        "\u00f0\u009f\u0098\u0080.txt",
        "\u00f0\u009f\u0098\u0080.txt",
        id="emoji",
    ),
    # No UTF-8 at all, as the file system gives it.
    pytest.param("a\udcff.txt", "a%FF.txt", "a\u00ff.txt", "a\u00ff.txt", id="a byte that is no UTF-8"),
    pytest.param("a\nb.txt", "a%0Ab.txt", None, None, id="line break"),
    pytest.param("a\rb.txt", "a%0Db.txt", None, None, id="carriage return"),
    pytest.param("a\tb.txt", "a%09b.txt", None, None, id="tab"),
    pytest.param("a\x7fb.txt", "a%7Fb.txt", None, None, id="delete"),
    pytest.param("a\x01b.txt", "a%01b.txt", None, None, id="control"),
]
OFF_LIGHTTPD = frozenset({"a\udcff.txt", "a\nb.txt", "a\rb.txt", "a\tb.txt", "a\x7fb.txt", "a\x01b.txt"})


@pytest.mark.parametrize(("name", "encoded", "raw", "raw_for_caddy"), NAMES)
def test_every_server_gets_its_spelling(
    tmp_path: Path, name: str, encoded: str, raw: str | None, raw_for_caddy: str | None
) -> None:
    """Each server is told a name as it wants it, or not at all; what it opens is the very file."""
    (tmp_path / name).write_bytes(b"")
    file = LocalFile(tmp_path / name)
    paths, uris = {tmp_path: "/srv"}, {tmp_path: "/p"}
    spelled = {
        "nginx": value(Nginx(uris), file),
        "lighttpd": value(Lighttpd(paths), file),
        "Apache": value(Apache(paths), file),
        "Apache, decoding": value(Apache(paths, spelling="encoded"), file),
        "Caddy": value(Caddy(uris), file),
        "Caddy, decoding": value(Caddy(uris, spelling="encoded"), file),
    }
    assert spelled == {
        "nginx": f"/p/{encoded}",
        "lighttpd": None if name in OFF_LIGHTTPD else f"/srv/{encoded}",
        "Apache": None if raw is None else f"/srv/{raw}",
        "Apache, decoding": f"/srv/{encoded}",
        "Caddy": None if raw_for_caddy is None else f"/p/{raw_for_caddy}",
        "Caddy, decoding": f"/p/{encoded}",
    }
    for told_raw in (spelled["Apache"], spelled["Caddy"]):
        if told_raw is not None:
            # In these bytes it goes over the wire.
            assert told_raw.encode("latin-1").endswith(os.fsencode(f"/{name}"))


def test_slashes_are_not_encoded(tmp_path: Path) -> None:
    """Directories stay directories."""
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b/c d").write_bytes(b"")
    assert value(Nginx({tmp_path: "/p q/"}), LocalFile(tmp_path / "a b/c d")) == "/p%20q/a%20b/c%20d"


@pytest.mark.parametrize(
    "delegate", [Nginx({"s": "/p"}), Apache({"s": "/srv"}), Lighttpd({"s": "/srv"}), Caddy({"s": "/p"})]
)
def test_a_name_that_no_disk_can_hold(delegate: FrontServer, caplog: pytest.LogCaptureFixture) -> None:
    """A name that has no bytes is streamed, if there is such a file at all; it is no failure of the delegate."""
    assert value(delegate, StoredFile("s", "a\ud800.txt")) is None
    assert "no text that a file system can hold" in caplog.text or "not in UTF-8" in caplog.text
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


# What the fields are


def test_who_keeps_our_validators() -> None:
    """Apache and lighttpd pass our ETag and Last-Modified on; the others have their own."""
    kept = {
        type(one).__name__: one.keeps_validators
        for one in (Nginx({}), Apache([]), Lighttpd([]), Caddy({}), PresignedRedirect())
    }
    assert kept == {
        "Nginx": False,
        "Apache": True,
        "Lighttpd": True,
        "Caddy": False,
        "PresignedRedirect": False,
    }


@pytest.mark.parametrize(
    ("options", "further"),
    [
        pytest.param({}, (), id="as configured"),
        pytest.param({"buffering": True}, (("X-Accel-Buffering", "yes"),), id="buffered"),
        pytest.param({"buffering": False}, (("X-Accel-Buffering", "no"),), id="not buffered"),
        pytest.param({"limit_rate": 102_400}, (("X-Accel-Limit-Rate", "102400"),), id="slowly"),
        pytest.param({"limit_rate": 0}, (("X-Accel-Limit-Rate", "0"),), id="without a limit"),
        pytest.param(
            {"buffering": False, "limit_rate": 1},
            (("X-Accel-Buffering", "no"), ("X-Accel-Limit-Rate", "1")),
            id="both",
        ),
    ],
)
def test_what_nginx_is_told(options: dict[str, Any], further: tuple[tuple[str, str], ...]) -> None:
    """A delegate for nginx tells it what to send, and how as far as that was said."""
    own = told(Nginx({"s": "/p"}, **options), StoredFile("s", "a.pdf"))
    assert own == Plan(200, (("X-Accel-Redirect", "/p/a.pdf"), *further))


@pytest.mark.parametrize("delegate", [Apache({"s": "/srv"}), Lighttpd({"s": "/srv"})])
def test_what_the_others_are_told(delegate: FrontServer) -> None:
    """Fields of nginx would reach the client through the other servers, so they get their own only."""
    assert told(delegate, StoredFile("s", "a.pdf")) == Plan(200, (("X-Sendfile", "/srv/a.pdf"),))


def test_what_caddy_is_told() -> None:
    """Caddy has the field of nginx, and no other."""
    own = told(Caddy({"s": "/p"}), StoredFile("s", "a.pdf"))
    assert own == Plan(200, (("X-Accel-Redirect", "/p/a.pdf"),))


MADE_WRONG: list[Any] = [
    pytest.param(lambda: Nginx({}, buffering="yes"), "buffering", id="buffering"),  # type: ignore[arg-type]
    pytest.param(lambda: Nginx({}, limit_rate=-1), "limit_rate", id="negative rate"),
    pytest.param(lambda: Nginx({}, limit_rate=1.5), "limit_rate", id="fraction"),  # type: ignore[arg-type]
    pytest.param(lambda: Nginx({}, limit_rate=True), "limit_rate", id="rate that is a truth"),
    pytest.param(lambda: Nginx({}, limit_rate="1m"), "limit_rate", id="text"),  # type: ignore[arg-type]
    pytest.param(lambda: Nginx({}, expires_in=0), "expires_in", id="no lifetime"),
    pytest.param(lambda: PresignedRedirect(0.5), "expires_in", id="less than a second"),
    pytest.param(lambda: PresignedRedirect(-1), "expires_in", id="in the past"),
    pytest.param(lambda: PresignedRedirect(timedelta(days=7, seconds=1)), "expires_in", id="too long"),
    pytest.param(lambda: PresignedRedirect(float("nan")), "expires_in", id="no number"),
    pytest.param(lambda: PresignedRedirect(float("inf")), "expires_in", id="for ever"),
    pytest.param(lambda: PresignedRedirect("5m"), "expires_in", id="lifetime as a text"),  # type: ignore[arg-type]
    pytest.param(lambda: PresignedRedirect(True), "expires_in", id="lifetime that is a truth"),
    pytest.param(lambda: Apache([], spelling="utf-8"), "spelling", id="spelling of Apache"),  # type: ignore[arg-type]
    pytest.param(lambda: Caddy({}, spelling=""), "spelling", id="spelling of Caddy"),  # type: ignore[arg-type]
    pytest.param(lambda: Caddy(["/srv"]), "which URI", id="no URIs for Caddy"),
    pytest.param(lambda: Nginx(["/srv"]), "which URI", id="no URIs for nginx"),
    pytest.param(lambda: Apache({"https://h/": "/m"}), "files of its own only", id="a URL for Apache"),
    pytest.param(lambda: Lighttpd({"https://h/": "/m"}), "files of its own only", id="a URL for lighttpd"),
    pytest.param(lambda: Caddy({"https://h/": "/m"}), "files of its own only", id="a URL for Caddy"),
]


@pytest.mark.parametrize(("make", "why"), MADE_WRONG)
def test_an_option_that_cannot_be_meant(make: Callable[[], object], why: str) -> None:
    """A mistake is told when the delegate is made, by the name of the option."""
    with pytest.raises(ValueError, match=why):
        make()


def test_how_delegates_are_shown() -> None:
    """The log and the checks name a delegate with what it was made of."""
    assert repr(Nginx({"/srv/media": "/m/"})) == "Nginx({'/srv/media': '/m/'})"
    assert repr(PresignedRedirect(60)) == "PresignedRedirect(expires_in=datetime.timedelta(seconds=60))"


# Which of the places it is


def test_the_first_place_that_the_server_knows() -> None:
    """Of several places, the first counts that is below a root."""
    places = (StoredFile("unknown", "a"), StoredFile("s", "b"), RemoteUrl("https://h/c"))
    assert value(Nginx({"s": "/s", "https://h/": "/r"}), *places) == "/s/b"
    assert value(Nginx({"https://h/": "/r"}), *places) == "/r/c"


def test_a_directory_goes_before_its_storage(tmp_path: Path) -> None:
    """A file that is here is known by its directory, if that is a root, else by its storage."""
    (tmp_path / "a.txt").write_bytes(b"")
    places = (LocalFile(tmp_path / "a.txt"), StoredFile("s", "a.txt"))
    assert value(Nginx({tmp_path: "/d", "s": "/s"}), *places) == "/d/a.txt"
    assert value(Nginx({"s": "/s"}), *places) == "/s/a.txt"


def test_a_link_is_looked_at_by_either_name(tmp_path: Path) -> None:
    """What leads out of a directory is not handed over by the name that it has in a storage, in whichever order."""
    (tmp_path / "out").write_bytes(b"")
    (tmp_path / "media").mkdir()
    (tmp_path / "media/a").symlink_to("../out")
    places = (LocalFile(tmp_path / "media/a"), StoredFile("s", "a"))
    delegate = Nginx({tmp_path / "media": "/d", "s": "/s"})
    assert value(delegate, *places) is None
    assert value(delegate, *reversed(places)) is None


def test_a_file_of_a_storage_that_nobody_sees() -> None:
    """A file that only the server sees is not looked at, so it need not exist here."""
    assert value(Apache({"archive": "/mnt/archive"}), StoredFile("archive", "a b")) == "/mnt/archive/a b"


def test_a_url_is_fetched_by_nginx() -> None:
    """What has a URL is fetched by the server itself, with its query, and with what it is told of buffering."""
    own = told(Nginx({"https://h/": "/r"}, buffering=False), RemoteUrl("https://h/a%20b?v=1"))
    assert own == Plan(200, (("X-Accel-Redirect", "/r/a%20b?v=1"), ("X-Accel-Buffering", "no")))


def test_a_signed_url_is_fetched_by_nginx() -> None:
    """A link is signed for nginx where one of the roots is a URL prefix, with the name and type of the answer."""
    sign = Signing()
    own = told(Nginx({"https://bucket.example/": "/s3/"}, expires_in=30), Signable(sign))
    assert own is not None
    assert own.header("X-Accel-Redirect") == "/s3/a.pdf?X-Sig=1%2F2"
    ((overrides, method, lifetime),) = sign.asked
    assert overrides.disposition == 'attachment; filename="a.pdf"'
    assert overrides.content_type == "application/pdf"
    assert (method, lifetime) == ("GET", timedelta(seconds=30))


def test_nothing_is_signed_for_a_server_that_cannot_fetch() -> None:
    """Where no root is a URL prefix, the store is not even asked."""
    sign = Signing()
    for delegate in (Nginx({"s": "/p"}), Apache({"s": "/srv"}), Lighttpd({"s": "/srv"}), Caddy({"s": "/p"})):
        assert value(delegate, Signable(sign)) is None
    assert sign.asked == []


def test_a_store_that_cannot_sign_for_nginx() -> None:
    """Without a link, Django streams."""
    assert value(Nginx({"https://bucket.example/": "/s3/"}), Signable(Signing(None))) is None


# Redirections


@pytest.mark.parametrize(
    ("expires_in", "lifetime", "max_age"),
    [
        pytest.param(timedelta(minutes=5), 300, 150, id="five minutes"),
        pytest.param(60, 60, 30, id="seconds"),
        pytest.param(1, 1, 0, id="the shortest"),
        pytest.param(1.9, 1, 0, id="a fraction"),
        pytest.param(timedelta(days=7), 604_800, 302_400, id="the longest"),
    ],
)
def test_a_redirection_is_kept_for_less_than_its_link(
    expires_in: timedelta | float, lifetime: int, max_age: int
) -> None:
    """No client follows a redirection that it has kept to a link that has expired."""
    sign = Signing()
    own = told(PresignedRedirect(expires_in), Signable(sign))
    assert own is not None
    assert own.status == 302
    assert own.header("Location") == sign.answer
    assert own.header("Cache-Control") == f"private, max-age={max_age}"
    assert sign.asked[0][2] == timedelta(seconds=lifetime)


def test_the_lifetime_by_default() -> None:
    """A link is good for five minutes unless it is said otherwise."""
    sign = Signing()
    told(PresignedRedirect(), Signable(sign))
    assert sign.asked[0][2] == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("ours", "sent"),
    [
        pytest.param("private, no-cache", "private, max-age=150", id="the default"),
        pytest.param("public, max-age=31536000", "private, max-age=150", id="for a year"),
        pytest.param(None, "private, max-age=150", id="none"),
        pytest.param("no-store", "no-store", id="nowhere"),
        pytest.param("private, no-store", "private, no-store", id="nowhere, and more"),
        pytest.param("No-Store", "No-Store", id="in any case"),
    ],
)
def test_how_a_redirection_is_cached(ours: str | None, sent: str) -> None:
    """What must not be stored is not; anything else is kept by the client alone, while the link is good."""
    sign = Signing()
    own = told(PresignedRedirect(), Signable(sign), offer=offer_of(cache_control=ours))
    assert own is not None
    assert own.header("Cache-Control") == sent
    assert sign.asked[0][0].cache_control == ours


def test_what_the_store_is_asked_to_say() -> None:
    """The name, the type and the caching of the answer are the store's to send, so they are signed."""
    sign = Signing()
    offer = offer_of("rapport \u00e9.pdf", attachment=False)
    assert told(PresignedRedirect(), Signable(sign), offer=offer) is not None
    assert sign.asked[0][0] == ResponseOverrides(
        disposition="inline; filename=\"rapport e.pdf\"; filename*=UTF-8''rapport%20%C3%A9.pdf",
        content_type="application/pdf",
        cache_control="private, no-cache",
    )


def test_a_redirection_says_that_it_is_empty() -> None:
    """No server sends an empty body in chunks, or closes the connection to end it."""
    own = told(PresignedRedirect(), Signable(Signing()))
    assert own is not None
    assert own.header("Content-Length") == "0"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_is_signed_for_the_method(method: str) -> None:
    """A signature holds for one method, and clients keep theirs when they are redirected."""
    sign = Signing()
    told(PresignedRedirect(), Signable(sign), offer=offer_of(asked=DownloadRequest(method=method)))
    assert sign.asked[0][1] == method


def test_nothing_to_redirect_to(caplog: pytest.LogCaptureFixture) -> None:
    """Files that are not in a store that signs are streamed."""
    assert (
        told(PresignedRedirect(), LocalFile("/srv/a"), StoredFile("s", "a"), RemoteUrl("https://h/a")) is None
    )
    assert told(PresignedRedirect(), Signable(Signing(None))) is None
    assert "nowhere to redirect to" in caplog.text
    assert "it signs no link for GET that says the name, as if it were public" in caplog.text


# What nobody else can send


@pytest.fixture(params=["Nginx", "Apache", "Lighttpd", "Caddy", "PresignedRedirect"])
def anybody(request: pytest.FixtureRequest) -> Delegate:
    """Each delegate, with the whole disk as its root where it has one."""
    made: dict[str, Delegate] = {
        "Nginx": Nginx({"/": "/p"}),
        "Apache": Apache(["/"]),
        "Lighttpd": Lighttpd(["/"]),
        "Caddy": Caddy({"/": "/p"}),
        "PresignedRedirect": PresignedRedirect(),
    }
    return made[request.param]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: as_content(b"data"), id="bytes"),
        pytest.param(lambda: MemoryContent.named("a.txt", b"data"), id="memory"),
        pytest.param(lambda: as_content(iter([b"data"])), id="generated"),
        pytest.param(lambda: Missing(ContentNotFound("None.")), id="missing"),
    ],
)
def test_what_is_made_in_this_process(
    anybody: Delegate, make: Callable[[], Content], caplog: pytest.LogCaptureFixture
) -> None:
    """What is in memory is nowhere else, and nobody is told off for that."""
    assert anybody.hand_over(make(), offer_of()) is None
    assert not caplog.records


def test_a_storage_in_memory(anybody: Delegate, caplog: pytest.LogCaptureFixture) -> None:
    """A storage that no server sees is told, as it may have been meant to be one."""
    assert anybody.hand_over(StoredContent(InMemoryStorage(), "a.txt"), offer_of()) is None
    assert len(caplog.records) == 1


def test_what_is_decompressed_here(anybody: Delegate, tmp_path: Path) -> None:
    """A file that is decompressed on the way is not what lies on the disk."""
    with gzip.open(tmp_path / "a.txt.gz", "wb") as file:
        file.write(b"data")
    with gzip.open(tmp_path / "a.txt.gz") as opened:
        assert anybody.hand_over(as_content(opened), offer_of()) is None


def test_what_has_a_coding(anybody: Delegate, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A coding would not reach the client, who would take the coded bytes for the file."""
    (tmp_path / "a.txt").write_bytes(b"")
    content = LocalContent(tmp_path / "a.txt")
    assert anybody.hand_over(content, offer_of(content_encoding="gzip")) is None
    assert "does not send a file with a Content-Encoding" in caplog.text


def test_a_file_that_is_not_there(
    anybody: Delegate, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that is missing is neither handed over nor worth a line: the client gets a 404."""
    assert anybody.hand_over(LocalSource(tmp_path).open("none.txt"), offer_of()) is None
    assert [record for record in caplog.records if "nowhere to redirect to" not in record.message] == []


def test_a_link_to_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What the system cannot look at is streamed, and said once."""
    (tmp_path / "a").symlink_to("a")
    assert value(Nginx({tmp_path: "/p"}), LocalFile(tmp_path / "a")) is None
    assert "Django cannot look at it (Too many levels of symbolic links)" in caplog.text


# What the log says


def test_why_not_is_said_once_for_each_rule(caplog: pytest.LogCaptureFixture) -> None:
    """A reason is told once, at a level that people see; another reason again."""
    delegate = Nginx({"/srv/media": "/m", "archive": "/a"})
    for _ in range(3):
        for name in ("/etc/passwd", "/etc/hosts"):
            assert value(delegate, LocalFile(name)) is None
        assert value(delegate, StoredFile("other", "a")) is None
        assert value(delegate, StoredFile("archive", "../a")) is None
    assert [(record.levelname, record.name) for record in caplog.records] == [("WARNING", LOGGER)] * 3
    assert caplog.records[0].getMessage() == (
        "Nginx({'/srv/media': '/m', 'archive': '/a'}) does not send '/etc/passwd': it is below none of the root "
        "directories ('/srv/media'). Unless another delegate sends it, Django does."
    )
    assert "the storage 'other' is not among the roots" in caplog.text
    assert "'../a' of the storage 'archive': the name has an empty segment" in caplog.text


def test_each_delegate_says_it_for_itself(caplog: pytest.LogCaptureFixture) -> None:
    """Two delegates that do not send a file both say why."""
    for delegate in (Nginx({"/srv": "/m"}), Nginx({"/srv": "/m"})):
        assert value(delegate, LocalFile("/etc/passwd")) is None
    assert len(caplog.records) == 2


def test_nothing_is_said_of_what_is_sent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """That one of several places is not below a root is no news if another is."""
    (tmp_path / "a").write_bytes(b"")
    assert value(Nginx({"s": "/s"}), LocalFile(tmp_path / "a"), StoredFile("s", "a")) == "/s/a"
    assert not caplog.records


@pytest.mark.parametrize(
    ("make", "subject"),
    [
        pytest.param(lambda: Nginx({}), "none is given", id="no roots"),
        pytest.param(lambda: Nginx({"/": "/p"}), None, id="the top"),
    ],
)
def test_the_roots_are_named(make: Any, subject: str | None, caplog: pytest.LogCaptureFixture) -> None:
    """The reason names the roots that there are."""
    value(make(), LocalFile("/nowhere/a"))
    assert (subject in caplog.text) if subject else not caplog.records


# A delegate of one's own


def test_a_delegate_that_says_nothing_of_its_plan() -> None:
    """Whoever derives one says how it is told."""
    with pytest.raises(NotImplementedError):
        Delegating().hand_over(Somewhere(StoredFile("s", "a")), offer_of())


def test_our_delegates_are_delegates(anybody: Delegate) -> None:
    """Each can be recognised as what it is."""
    assert isinstance(anybody, Delegate)
    assert not isinstance(object(), Delegate)


def test_a_storage_that_is_a_directory(tmp_path: Path) -> None:
    """A file of a Django storage is known by where it lies."""
    storage = FileSystemStorage(tmp_path)
    (tmp_path / "a b.txt").write_bytes(b"")
    own = Nginx({tmp_path: "/p"}).hand_over(StoredContent(storage, "a b.txt"), offer_of())
    assert own == Plan(200, (("X-Accel-Redirect", "/p/a%20b.txt"),))
