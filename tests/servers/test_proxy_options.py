"""Options of ``downloadable_proxy``, and lines against what nobody should try, with real servers before a plain one."""

from __future__ import annotations

import os
import pwd
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.adapters.origin import Page, serving
from tests.servers.fronted.places import places
from tests.servers.fronts import (
    CADDY,
    FRONTS,
    LIGHTTPD,
    NGINX,
    FrontKind,
    in_front,
    printed,
    public_directory,
)
from tests.servers.test_proxy_configurations import complaints

HELLO = b"Hello!"
FRONT_KINDS = pytest.mark.parametrize("kind", FRONTS, ids=lambda kind: kind.name)


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(HELLO)))
        self.send_header("X-Host", self.headers["Host"])
        self.end_headers()
        self.wfile.write(HELLO)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


class AtSocket(ThreadingMixIn, UnixStreamServer):
    pass


class OverTls(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: who does not trust it goes away."""


@contextmanager
def at_socket(path: Path) -> Iterator[None]:
    """Say hello at a socket of the file system that everybody may use."""
    with AtSocket(str(path), Hello) as server:
        path.chmod(0o777)
        thread = Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def environment(kind: FrontKind, top: Path) -> dict[str, Any]:
    """Return what the settings of the site are made of."""
    return {
        "SITE_FRONT": kind.name,
        "SITE_FILES": str(top),
        "DJANGO_SETTINGS_MODULE": "tests.servers.fronted.settings",
    }


@FRONT_KINDS
def test_reaches_a_socket_of_the_file_system(kind: FrontKind) -> None:
    """Django's server may listen at a path."""
    with public_directory() as top, at_socket(top / "app.sock"):
        variables = environment(kind, top)

        def at_path(django: str, front: str) -> str:
            return printed(kind, "--upstream", f"unix:{top}/app.sock", "--listen", front, **variables)

        with in_front(kind, 9, write=at_path) as front, front.answer("/a") as answer:
            assert answer.read() == HELLO
            assert answer.headers["X-Host"] == f"127.0.0.1:{front.port}"


@FRONT_KINDS
def test_answers_to_its_name(kind: FrontKind) -> None:
    """With --server-name, requests for that host are Django's."""
    with serving({"/a": Page(body=HELLO)}) as django, public_directory() as top:
        port = int(django.url.rpartition(":")[2])
        name = "WWW.example.com"
        with in_front(kind, port, "--server-name", name, **environment(kind, top)) as front:
            for host in (name, name.lower(), f"{name}:{front.port}"):
                with front.answer("/a", Host=host) as answer:
                    assert (answer.status, answer.read()) == (200, HELLO)
            assert complaints(front) == []


@FRONT_KINDS
def test_two_sites_on_one_server(kind: FrontKind) -> None:
    """Projects whose settings have the same name do not get into each other's way, if they have names of their own."""
    with serving({"/a": Page(body=HELLO)}) as django, public_directory() as top:
        variables = environment(kind, top)

        def both(upstream: str, front: str) -> str:
            address = ("--upstream", upstream, "--listen", front)
            first, second = (
                printed(kind, "--server-name", name, *address, **variables)
                for name in ("a.example", "1.example")
            )
            # Once is enough for Apache.
            return first + second.replace(f"Listen {front}\n", "")

        with in_front(kind, int(django.url.rpartition(":")[2]), write=both) as front:
            for host in ("a.example", "1.example"):
                with front.answer("/a", Host=host) as answer:
                    assert (answer.status, answer.read()) == (200, HELLO)
            assert complaints(front) == []


@pytest.mark.parametrize("options", [(), ("--server-name", "www.example.com")], ids=["any", "a name"])
def test_lighttpd_sends_what_is_there_now(options: tuple[str, ...]) -> None:
    """A file that has been replaced is not sent out of a cache, whatever the site is called."""
    with public_directory() as top, serving() as django:
        where = places(top, "lighttpd")
        where.first.mkdir()
        file = where.first / "a.txt"
        django.pages = {"/a": Page(fields={"X-Sendfile": quote(str(file))})}
        port = int(django.url.rpartition(":")[2])
        with in_front(LIGHTTPD, port, *options, **environment(LIGHTTPD, top)) as front:
            for text in ("one", "two", "three"):
                new = where.first / "new"
                new.write_text(text)
                new.replace(file)
                with front.answer("/a", Host="www.example.com") as answer:
                    assert (answer.status, answer.read().decode()) == (200, text)


def test_nginx_has_room_for_long_names() -> None:
    """The longest field that is not refused is one that nginx starts with, among those of a file from elsewhere."""
    longest = f"X-{'a' * 37}"
    with public_directory() as top:
        with in_front(NGINX, 9, "--keep", longest, **environment(NGINX, top)) as front:
            assert f"set $django_x_{'a' * 37} $upstream_http_" in front.configuration.read_text()
        with pytest.raises(AssertionError, match="nginx has no variable for a name as long as"):
            printed(NGINX, "--keep", f"{longest}a", **environment(NGINX, top))


def test_nginx_follows_no_link_of_a_stranger() -> None:
    """A link that appears after Django has looked leads nowhere, unless whoever made it owns the file, too."""
    with public_directory() as top, serving() as django:
        where = places(top, "nginx")
        where.first.mkdir()
        for name in ("a.txt", "within.txt", "without.txt"):
            django.pages[f"/{name}"] = Page(fields={"X-Accel-Redirect": f"/protected/{name}"})
        (where.first / "a.txt").write_bytes(HELLO)
        (where.first / "within.txt").symlink_to("a.txt")
        outside = where.first / "without.txt"
        outside.symlink_to("/etc/passwd")
        if os.geteuid() == 0:
            os.chown(outside, pwd.getpwnam("nobody").pw_uid, -1, follow_symlinks=False)
        with in_front(NGINX, int(django.url.rpartition(":")[2]), **environment(NGINX, top)) as front:
            with front.answer("/a.txt") as answer:
                assert (answer.status, answer.read()) == (200, HELLO)
            with front.answer("/within.txt") as answer:
                assert (answer.status, answer.read()) == (200, HELLO)
            with front.answer("/without.txt") as answer:
                assert answer.status == 403
                assert b"root" not in answer.read()


def test_caddy_sends_nothing_from_elsewhere() -> None:
    """A name that is below no root is an error, and does not reach the client."""
    with public_directory() as top, serving() as django:
        where = places(top, "caddy")
        where.first.mkdir()
        for name in ("/etc/passwd", "/protectedly/a.txt", "/protected/../../../../etc/passwd", "/"):
            django.pages = {"/a": Page(fields={"X-Accel-Redirect": name})}
            with (
                in_front(CADDY, int(django.url.rpartition(":")[2]), **environment(CADDY, top)) as front,
                front.answer("/a") as answer,
            ):
                assert answer.status in (404, 500)
                assert b"root:" not in answer.read()
                assert "X-Accel-Redirect" not in answer.headers


@contextmanager
def over_tls(directory: Path) -> Iterator[tuple[int, Path]]:
    """Say hello over TLS, as localhost; the port and the certificate are yielded."""
    certificate = directory / "localhost.pem"
    certificate.write_bytes(self_signed("localhost"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    # Who does not say the name is not answered.
    context.sni_callback = lambda asked, name, _: (
        None if name == "localhost" else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    )
    with OverTls(("127.0.0.1", 0), Hello) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        try:
            yield server.server_port, certificate
        finally:
            server.shutdown()
            thread.join()


def self_signed(name: str) -> bytes:
    """Return a key, and a certificate for *name* that is signed with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "not trusted"])
def test_nginx_fetches_over_tls_from_whom_it_trusts(trusted: bool) -> None:
    """The origin is told its name, and must prove it."""
    with public_directory() as top, over_tls(top) as (port, certificate), serving() as django:
        django.pages = {"/a": Page(fields={"X-Accel-Redirect": "/origin/a.txt"})}
        variables = environment(NGINX, top) | {"SITE_ORIGIN": f"https://localhost:{port}"}

        def trusting(text: str) -> str:
            return re.sub("/etc/ssl/certs/.*;", f"{certificate};", text) if trusted else text

        with (
            in_front(NGINX, int(django.url.rpartition(":")[2]), change=trusting, **variables) as front,
            front.answer("/a") as answer,
        ):
            assert (answer.status, answer.read() == HELLO) == ((200, True) if trusted else (502, False))
