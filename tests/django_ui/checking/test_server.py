"""What the check finds with a server in front; real ones are in tests/servers."""

from __future__ import annotations

import json
import select
import socket
from collections.abc import Callable
from contextlib import closing
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from ssl import SSLCertVerificationError
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.urls import path, set_script_prefix

from downloadable import StorageSource, download_view
from downloadable.django_ui.management.commands.downloadable_check import Command
from downloadable.django_ui.probe import BY_DJANGO
from downloadable.django_ui.probing import Front, examine
from downloadable.django_ui.probing.asking import Unreachable
from tests.django_ui.checking.accelerator import Accelerator, Asked, Reply, in_front, on_files, reply_of
from tests.django_ui.checking.sites import (
    DOWNLOADS,
    HERE,
    JSON,
    LOCAL,
    failures,
    first_failure,
    found,
    nginx,
    settings_of,
    through,
    urlpatterns,
)


def test_right_with_a_server(accelerator: Accelerator, media: Path) -> None:
    """All questions have the right answer, each with what was seen, and no marker is left."""
    findings = through(accelerator)
    assert failures(findings) == []
    assert [finding.part for finding in findings] == ["server", "storage", "Django", "together", "server"] + [
        "together"
    ] * 6
    assert "It calls itself 'nginx/1.99'" in findings[0].what
    assert "nginx/1.99 sent all 2000 bytes, and Python none" in findings[5].what
    assert list(media.iterdir()) == []


def test_a_further_policy_of_the_server(accelerator: Accelerator) -> None:
    """A server may confine what is shown even more: browsers enforce both policies, wherever it puts its own."""
    for both in ("{}, default-src 'self'", "default-src 'self', {}"):

        def adding(reply: Reply, both: str = both) -> Reply:
            ours = reply.fields["Content-Security-Policy"]
            return reply.saying(Content_Security_Policy=both.format(ours))

        accelerator.client = on_files(adding)
        assert failures(through(accelerator)) == []


def on_head(asked: Asked, reply: Reply) -> Reply:
    """Know nothing of HEAD."""
    return reply.saying(404, b"") if asked.method == "HEAD" else reply


def on_parts(asked: Asked, reply: Reply) -> Reply:
    """Know nothing of parts."""
    return reply.saying(200) if "Range" in asked.fields else reply


def again(asked: Asked, reply: Reply) -> Reply:
    """Know nothing of conditions."""
    return reply.saying(200) if reply.status == 304 else reply


def from_django(reply: Reply) -> Reply:
    """Let Django have sent the file itself."""
    return reply.without("x-accel-redirect").saying(body=BY_DJANGO)


def not_told(asked: Asked, reply: Reply) -> Reply:
    """Let the running Django be one that cannot tell of a marker."""
    told = reply.fields.get("Content-Type") == "application/json" and b"fields" in reply.body
    return reply.saying(500, b"oh") if told else reply


def told(**said: Any) -> Callable[[Asked, Reply], Reply]:
    """Let the running Django tell something else of a marker."""

    def change(asked: Asked, reply: Reply) -> Reply:
        if reply.fields.get("Content-Type") != "application/json" or b"fields" not in reply.body:
            return reply
        body = json.dumps({**json.loads(reply.body), **said}).encode()
        return reply.saying(body=body, Content_Length=str(len(body)))

    return change


@pytest.mark.parametrize(
    ("changes", "part", "culprit", "what", "mend"),
    [
        pytest.param(
            {"client": on_files(lambda it: it.without("x-content-type-options"))},
            "together",
            "server",
            "X-Content-Type-Options (missing)",
            "add_header X-Content-Type-Options",
            id="nosniff dropped",
        ),
        pytest.param(
            {"client": on_files(lambda it: it.without("content-security-policy"))},
            "together",
            "server",
            "Content-Security-Policy (missing)",
            "add_header Content-Security-Policy",
            id="confinement dropped",
        ),
        pytest.param(
            {"client": on_files(lambda it: it.saying(Content_Security_Policy="default-src 'self'"))},
            "together",
            "server",
            "Content-Security-Policy (default-src 'self')",
            "add_header Content-Security-Policy",
            id="confinement replaced",
        ),
        pytest.param(
            {"client": on_files(lambda it: it.saying(Cache_Control="public"))},
            "together",
            "server",
            "Cache-Control (public)",
            "add_header Cache-Control",
            id="caching changed",
        ),
        pytest.param(
            {"client": on_files(lambda it: it.saying(X_Accel_Redirect="/protected/x"))},
            "together",
            "server",
            "The client is shown X-Accel-Redirect",
            "proxy_pass_header",
            id="hand-over shown",
        ),
        pytest.param(
            {"client": on_files(lambda it: it.without("etag"))},
            "together",
            "server",
            "neither ETag",
            "etag off",
            id="no validators",
        ),
        pytest.param(
            {"client": again}, "together", "server", "answers 200", "adds an ETag", id="other validators"
        ),
        pytest.param(
            {"client": on_parts},
            "together",
            "server",
            "it sends 200 with 100 bytes",
            "max_ranges",
            id="no ranges",
        ),
        pytest.param(
            {"client": on_head}, "together", "server", "A HEAD request gets 404", "HEAD", id="no head"
        ),
        pytest.param(
            {"client": on_files(lambda it: it.saying(body=b"<html>", Content_Length="6"))},
            "together",
            "server",
            "sends 6 bytes that are not",
            "alias",
            id="another file",
        ),
        pytest.param(
            {"client": on_files(lambda it: it.saying(502, b""))},
            "together",
            "server",
            "answers 502 instead",
            "See its log",
            id="fails",
        ),
        pytest.param(
            {"client": on_files(lambda it: it.saying(403, b""))},
            "together",
            "server",
            "may not read it",
            "alias",
            id="forbidden",
        ),
        pytest.param(
            {"django": on_files(lambda it: it.without("x-accel-redirect"))},
            "together",
            "server",
            "200 without any body: it does not heed",
            "proxy_ignore_headers",
            id="hand-over ignored",
        ),
        pytest.param(
            {"name": "gunicorn", "client": on_files(lambda it: it.saying(body=b"", X_Accel_Redirect="/p/x"))},
            "together",
            "server",
            "shows the client X-Accel-Redirect",
            "Give this command the URL of nginx",
            id="past the server in front",
        ),
        pytest.param(
            {"django": on_files(from_django)},
            "together",
            "Django settings",
            "Django sent the file itself",
            "log",
            id="Django sends it",
        ),
        pytest.param(
            {"files": {"/protected/": Path("/nowhere")}},
            "together",
            "server",
            "404 instead of sending the file: it does not find it",
            "location /protected/ { internal; alias",
            id="wrong directory",
        ),
        pytest.param(
            {"files": {}},
            "together",
            "server",
            "it has no location /protected/",
            "location /protected/",
            id="no location",
        ),
        pytest.param(
            {"name": "Apache/2.4", "files": {"/protected/": Path("/nowhere")}},
            "together",
            "Django settings",
            "Django speaks to nginx, but Apache/2.4 answers",
            "delegate Apache",
            id="another server",
        ),
        pytest.param(
            {"client": not_told},
            "together",
            "Django settings",
            "The running Django answers 500",
            "version",
            id="running Django fails",
        ),
        pytest.param(
            {"client": told(delegates=[])},
            "together",
            "Django settings",
            "announces no delegate",
            "Restart it. If it has other settings than this command: DELEGATES, and 'downloadable.DownloadMiddleware'",
            id="running Django without delegates",
        ),
        pytest.param(
            {"client": told(size=None)},
            "together",
            "storage",
            "does not see the marker",
            "volume",
            id="running Django elsewhere",
        ),
        pytest.param(
            {"client": told(fields=None)},
            "together",
            "Django settings",
            "would hand over with",
            "Restart",
            id="running Django with other settings",
        ),
    ],
)
def test_a_server_that_is_wrong(
    accelerator: Accelerator,
    media: Path,
    changes: dict[str, Any],
    part: str,
    culprit: str,
    what: str,
    mend: str,
) -> None:
    """The first failure names who is to blame, and how to mend it."""
    for name, value in changes.items():
        setattr(accelerator, name, value)
    failure = first_failure(through(accelerator))
    assert (failure.part, failure.culprit) == (part, culprit)
    assert what in failure.what
    assert mend in failure.mend
    assert list(media.iterdir()) == []


def test_closed_files(accelerator: Accelerator, media: Path) -> None:
    """If others may not read the files, that is why a server refuses."""
    accelerator.client = on_files(lambda it: it.saying(403, b""))
    with override_settings(FILE_UPLOAD_PERMISSIONS=0o600):
        failure = first_failure(through(accelerator))
    assert failure.culprit == "storage"
    assert failure.mend.startswith("chmod o+r ")
    media.chmod(0o700)
    failure = first_failure(through(accelerator))
    assert "is closed to all but" in failure.what
    assert failure.mend.startswith("chmod o+x ")


@pytest.mark.parametrize(
    ("backend", "server", "culprit", "mend"),
    [
        pytest.param(
            "Caddy", "Caddy", "Django settings", "Caddy the option spelling='encoded'.", id="one that can"
        ),
        pytest.param("Nginx", "nginx/1.99", "server", "alias", id="one that cannot"),
        pytest.param("Nginx", "Caddy", "Django settings", "Use the delegate Caddy", id="another"),
        pytest.param(
            "Caddy", "nginx/1.99", "Django settings", "Use the delegate Nginx", id="another that can"
        ),
    ],
)
def test_names_that_are_spelled_in_another_way(
    accelerator: Accelerator, media: Path, backend: str, server: str, culprit: str, mend: str
) -> None:
    """A server that finds plain names only wants the others spelled in another way, if its delegate has one."""

    def by_spelling(asked: Asked, reply: Reply) -> Reply:
        awkward = "%41" in reply.fields.get("X-Accel-Redirect", "").replace("%25", "%")
        return reply.saying(X_Accel_Redirect="/protected/other") if awkward and reply.body == b"" else reply

    accelerator.django, accelerator.name = by_spelling, server
    described = {**nginx({media: "/protected/"}), "BACKEND": f"downloadable.adapters.delegates.{backend}"}
    with override_settings(DOWNLOADABLE={"DELEGATES": [described]}):
        failure = first_failure(through(accelerator))
    assert failure.culprit == culprit
    assert mend in failure.mend


@pytest.mark.parametrize("public", [(), ("default",)], ids=["by mistake", "on purpose"])
def test_files_that_are_public(accelerator: Accelerator, media: Path, public: tuple[str, ...]) -> None:
    """A private root that anybody may read is a failure, unless it is said to be none."""
    accelerator.open_locations = {"/media/": media}
    findings = through(accelerator, public=public)
    assert failures(findings) == ([] if public else [("server", "server")])
    if not public:
        assert "/media/ to anybody" in first_failure(findings).what.replace("/media to", "/media/ to")


@pytest.mark.parametrize("url", ["/media/", "/my%20scans/"])
def test_a_location_that_no_setting_tells_of(media: Path, url: str) -> None:
    """A location that was left in the server is found where sites usually have one, although MEDIA_URL is empty."""
    scans = media / "my scans"
    scans.mkdir()
    with (
        override_settings(
            **settings_of(scans, MEDIA_URL="", DOWNLOADABLE={"DELEGATES": [nginx({scans: "/protected/"})]})
        ),
        in_front(Accelerator({"/protected/": scans}, {unquote(url): scans})) as accelerator,
    ):
        findings = through(accelerator)
    assert failures(findings) == [("server", "server")]
    assert f"It gives {url} to anybody" in first_failure(findings).what


def read(request: HttpRequest, path: str) -> HttpResponse:
    """Be a view that reads each file."""
    with default_storage.open(path) as file:
        return HttpResponse(file.read())


@pytest.mark.parametrize("view", [download_view(StorageSource()), read], ids=["handed over", "read"])
def test_a_view_for_anybody(media: Path, view: Callable[..., HttpResponseBase]) -> None:
    """A view of the site may give what it likes to anybody, wherever it is."""

    class Open:
        urlpatterns = (*urlpatterns, path("media/<path:path>", view))

    with (
        override_settings(**settings_of(media, MEDIA_URL="", ROOT_URLCONF=Open)),
        in_front(Accelerator({"/protected/": media})) as accelerator,
    ):
        assert failures(through(accelerator)) == []


def test_a_directory_below_what_is_public(media: Path) -> None:
    """Nor may a private root lie in a public MEDIA_ROOT."""
    (media / "private").mkdir()
    delegates = {"DELEGATES": [nginx({media / "private": "/protected/"})]}
    with (
        override_settings(**settings_of(media, DOWNLOADABLE=delegates)),
        in_front(Accelerator({"/protected/": media / "private"}, {"/media/": media})) as accelerator,
    ):
        findings = through(accelerator, skip=["default"])
    assert failures(findings) == [("server", "server")]
    assert "/media/private" in first_failure(findings).what


def test_a_location_that_is_not_internal(accelerator: Accelerator, media: Path) -> None:
    """A location that hands out files to who asks for it is a failure, even of public files."""
    accelerator.open_locations = {"/protected/": media}
    failure = first_failure(through(accelerator, public=["default"]))
    assert (failure.part, failure.culprit) == ("server", "server")
    assert failure.mend.startswith("internal;")


def test_a_storage_whose_urls_are_elsewhere(media: Path) -> None:
    """No other server is asked than the one that was given."""
    elsewhere = {**LOCAL, "OPTIONS": {"base_url": "https://cdn.example.com/"}}
    with (
        override_settings(**settings_of(media, STORAGES={"default": elsewhere}, MEDIA_URL="")),
        in_front(Accelerator({"/protected/": media})) as accelerator,
    ):
        assert failures(through(accelerator)) == []


def test_a_storage_without_urls(media: Path) -> None:
    """What has no URL is not public."""
    without = {**LOCAL, "OPTIONS": {"base_url": None}}
    with (
        override_settings(**settings_of(media, STORAGES={"default": without}, MEDIA_URL=None)),
        in_front(Accelerator({"/protected/": media})) as accelerator,
    ):
        assert failures(through(accelerator)) == []


def test_a_server_that_is_told_paths(media: Path) -> None:
    """What is told a path has no internal location that could be asked for."""

    def as_lighttpd(asked: Asked, reply: Reply) -> Reply:
        file = reply.fields.get("X-Sendfile")
        if file is None:
            return reply
        return reply.without("x-sendfile").saying(X_Accel_Redirect=f"/disk{file}")

    lighttpd = {"BACKEND": "downloadable.adapters.delegates.Lighttpd", "OPTIONS": {"roots": [str(media)]}}
    with (
        override_settings(**settings_of(media, DOWNLOADABLE={"DELEGATES": [lighttpd]})),
        in_front(Accelerator({"/disk/": Path("/")}, name="", django=as_lighttpd)) as accelerator,
    ):
        # It puts its own validators in, where lighttpd keeps ours, and says nothing of the sort.
        findings = through(accelerator)
    assert failures(findings) == []
    assert "It does not say what it is" in findings[0].what


@pytest.mark.parametrize(
    ("reply", "culprit", "mend"),
    [
        pytest.param(reply_of(502), "server", "Start Django's server", id="nobody behind it"),
        pytest.param(
            reply_of(404, X_Content_Type_Options="nosniff"),
            "Django settings",
            "SECRET_KEY",
            id="no such page",
        ),
        pytest.param(reply_of(404), "server", "another site of it may answer", id="another site"),
        pytest.param(
            reply_of(500, X_Content_Type_Options="nosniff"),
            "Django settings",
            "restart it",
            id="Django fails",
        ),
        pytest.param(reply_of(500), "server", "pass requests", id="fails"),
        pytest.param(reply_of(400), "Django settings", "'127.0.0.1' to ALLOWED_HOSTS", id="host"),
        pytest.param(reply_of(301, Location="https://x/?a"), "server", "'https://x/'", id="redirection"),
        pytest.param(reply_of(200, b"Hi", Content_Type="text/html"), "server", "pass requests", id="page"),
        pytest.param(reply_of(200, b"?", Content_Type=JSON), "server", "pass requests", id="broken"),
        pytest.param(reply_of(200, b"[]", Content_Type=JSON), "server", "pass requests", id="something else"),
    ],
)
def test_a_server_behind_which_there_is_no_django(
    accelerator: Accelerator, reply: Reply, culprit: str, mend: str
) -> None:
    """What answers in place of the site says who is to blame; the rest is not asked."""
    accelerator.client = lambda _, __: reply
    findings = through(accelerator)
    assert failures(findings) == [("server", culprit)]
    assert mend in first_failure(findings).mend
    assert {finding.part for finding in findings} == {"server", "storage", "Django"}


def test_a_redirection_in_a_circle(accelerator: Accelerator) -> None:
    """A Django that does not know that it is asked over TLS is told of the setting."""
    accelerator.client = lambda _, __: reply_of(
        301, Location=f"{accelerator.url}/downloadable-check/?token=x"
    )
    failure = first_failure(through(accelerator))
    assert failure.culprit == "Django settings"
    assert "SECURE_PROXY_SSL_HEADER" in failure.mend


@pytest.mark.parametrize(
    ("middleware", "mend"), [("refusing", "middleware refuses"), ("failing", "Django's log")]
)
def test_what_django_itself_refuses(accelerator: Accelerator, middleware: str, mend: str) -> None:
    """The server is not blamed for an answer that Django gives without it, too."""
    with override_settings(MIDDLEWARE=[f"{HERE}.{middleware}", DOWNLOADS]):
        failure = first_failure(through(accelerator))
    assert (failure.part, failure.culprit) == ("server", "Django settings")
    assert "and so does Django alone" in failure.what
    assert mend in failure.mend


class BeyondTLS(Front):
    """A server that is asked over TLS, which ends on the way to it."""

    def _connection(self, url: str) -> HTTPConnection:
        return super()._connection(url.replace("https:", "http:"))


def test_a_django_that_does_not_know_of_tls(accelerator: Accelerator) -> None:
    """The server is not blamed for a field that Django sends over TLS only, and has not sent."""
    front = BeyondTLS(accelerator.url.replace("http:", "https:"))
    with override_settings(SECURE_HSTS_SECONDS=3600):
        failure = first_failure(found(front=front))
        assert failure.culprit == "Django settings"
        assert "SECURE_PROXY_SSL_HEADER" in failure.mend
        with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_CONNECTION", "close")):
            accelerator.client = on_files(lambda it: it.without("strict-transport-security"))
            failure = first_failure(found(front=front))
    assert failure.culprit == "server"
    assert "add_header Strict-Transport-Security" in failure.mend


def test_a_page_that_the_project_does_not_have(accelerator: Accelerator) -> None:
    """Without the view, the server cannot be asked."""
    with override_settings(ROOT_URLCONF="tests.urls"):
        assert failures(through(accelerator)) == [
            ("server", "Django settings"),
            ("Django", "Django settings"),
        ]


def test_django_below_a_path(media: Path) -> None:
    """The URL may have the path that Django is mounted at."""
    with (
        override_settings(**settings_of(media)),
        in_front(Mounted({"/protected/": media})) as accelerator,
    ):
        assert failures(found(front=Front(f"{accelerator.url}/app/", timeout=5))) == []
        with override_settings(FORCE_SCRIPT_NAME="/app"):
            set_script_prefix("/app/")
            try:
                assert failures(found(front=Front(f"{accelerator.url}/app/", timeout=5))) == []
            finally:
                set_script_prefix("/")


class Mounted(Accelerator):
    """A server that has Django at /app/."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"].startswith("/app/"):
            environ = {
                **environ,
                "SCRIPT_NAME": "/app",
                "PATH_INFO": environ["PATH_INFO"].removeprefix("/app"),
            }
        return super().__call__(environ, start_response)


# Where nobody answers


def test_nobody_answers(site: None, media: Path) -> None:
    """Nobody there is a matter of the network, and the rest is asked all the same."""
    findings = found(front=Front("http://127.0.0.1:9", timeout=5))
    assert failures(findings) == [("server", "network")]
    assert "Connection refused" in findings[0].what
    assert len(findings) == 3


class Untrusted(Front):
    """A server whose certificate nobody here trusts."""

    def _connection(self, url: str) -> HTTPConnection:
        raise SSLCertVerificationError("certificate verify failed: self-signed certificate")


def test_a_certificate_of_ones_own(site: None) -> None:
    """Whose certificate is not trusted is told how to name it, and not to start the server."""
    failure = first_failure(found(front=Untrusted("https://127.0.0.1:9")))
    assert failure.culprit == "network"
    assert "--ca" in failure.mend


def test_a_connection_that_breaks(accelerator: Accelerator, media: Path) -> None:
    """An answer that ends too early is told as that, and the next place is asked."""
    accelerator.client = on_files(lambda it: it.saying(Content_Length="4000"))
    findings = through(accelerator)
    assert failures(findings) == [("together", "network")]
    assert "No whole answer came" in findings[-1].what
    assert list(media.iterdir()) == []


class Dripping(Accelerator):
    """A server that sends a byte now and then."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter(partial(next, (b"." for _ in iter(partial(select.select, (), (), (), 0.05), None))), None)


def test_a_server_that_drips(media: Path) -> None:
    """All of an answer has to come in time, not just its next byte."""
    with in_front(Dripping({})) as dripping, pytest.raises(Unreachable, match="within 1 seconds"):
        Front(dripping.url, timeout=1).ask("/")


def test_no_more_is_read_than_a_marker_could_have(accelerator: Accelerator) -> None:
    """Whoever sends without end is cut off."""
    accelerator.client = lambda _, __: reply_of(200, bytes(3 * 1024 * 1024))
    assert 1024 * 1024 <= len(Front(accelerator.url).ask("/").body) < 2 * 1024 * 1024


def hang_up(listening: socket.socket) -> None:
    """Take one connection, and end it."""
    connection, _ = listening.accept()
    connection.close()


def test_a_server_that_hangs_up_on_who_does_not_name_a_host(site: None) -> None:
    """Its name is then not known, which is no failure."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=hang_up, args=[listening])
        thread.start()
        assert Front(f"http://127.0.0.1:{listening.getsockname()[1]}").names_itself() == ""
        thread.join()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com",
        "example.com",
        "http://",
        "http://user:password@example.com",
        "https://example.com/?a=b",
        "https://example.com/#a",
        "file:///etc/passwd",
        "http://example.com:99999",
    ],
)
def test_only_plain_addresses(url: str) -> None:
    """Only http and https are spoken, to a host and nothing else."""
    with pytest.raises(ValueError, match=r"must|out of range"):
        Front(url)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), 10_000])
def test_only_some_time(seconds: float) -> None:
    """A timeout is a time."""
    with pytest.raises(ValueError, match="timeout"):
        Front("http://localhost", timeout=seconds)


def test_certificates_that_are_none(tmp_path: Path) -> None:
    """A file of certificates that is none is refused, and no reason to trust everybody."""
    (tmp_path / "ca.pem").write_text("none")
    for ca in (str(tmp_path / "ca.pem"), str(tmp_path / "missing.pem")):
        with pytest.raises(CommandError):
            call_command(Command(), "https://127.0.0.1:9", ca=ca)


def test_over_tls(site: None) -> None:
    """Who does not speak TLS is not reached by https."""
    with in_front(Accelerator({})) as accelerator:
        front = Front(accelerator.url.replace("http:", "https:"), timeout=5)
        with pytest.raises(Unreachable, match="SSL"):
            front.ask("/")
        assert front.names_itself() == ""


def test_given_up_it_leaves_nothing(site: None, media: Path) -> None:
    """Who stops half-way leaves no marker."""
    findings = examine()
    with closing(findings):
        next(findings)
        assert len(list(media.iterdir())) == 1
    assert list(media.iterdir()) == []
