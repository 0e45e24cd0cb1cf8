"""The address that was checked is the one that is connected to, whoever connects."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests
from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from downloadable.adapters.django_files import as_content
from downloadable.adapters.http import HttpContent, HttpSource
from downloadable.adapters.http.guard import Call, calling
from downloadable.adapters.http.pooled import new_session
from downloadable.adapters.wrappers import HTTPFile
from downloadable.domain import PLAIN_GET, ContentForbidden, ContentInvalid, ContentUnavailable
from downloadable.ports import Content
from tests.adapters.http_pages import LARGE, NOTES, download
from tests.adapters.network import Network, network_of
from tests.adapters.origin import Origin, Page, serving

PUBLIC, ANOTHER, PUBLIC_6 = "93.184.215.14", "93.184.215.15", "2606:2800:21f:cb07::1"


@pytest.fixture
def network() -> Iterator[Network]:
    """Resolve names as a test says."""
    with network_of() as network:
        yield network


def port_of(origin: Origin) -> int:
    """Return the port of an origin on loopback."""
    return int(origin.url.rpartition(":")[2])


class TestOwnSessions:
    @pytest.mark.parametrize("address", [PUBLIC, PUBLIC_6])
    @pytest.mark.parametrize("port", ["", ":8080"])
    def test_the_address_that_was_checked_is_connected_to(
        self, network: Network, origin: Origin, address: str, port: str
    ) -> None:
        """The name is looked up once, whatever it would lead to a moment later; the origin still reads it in Host."""
        network.names["files.example"] = [[address], ["127.0.0.1"]]
        network.routes[address] = port_of(origin)
        url = f"http://files.example{port}/notes.txt"
        for content in (HttpSource().open(url), HttpContent(url), as_content(HTTPFile(url=url))):
            network.names["files.example"] = [[address], ["127.0.0.1"]]
            assert download(content)[1] == NOTES
        assert {seen.fields["host"] for seen in origin.seen} == {f"files.example{port}"}
        assert network.looked_up == ["files.example"] * 3

    @pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "64:ff9b::7f00:1"])
    def test_the_library_has_a_look_of_its_own(self, network: Network, address: str) -> None:
        """What our rules let through, by a mistake, is refused all the same."""
        call = Call(origin="http://files.example", addresses=(ip_address(address),))
        with (
            calling(call),
            new_session() as session,
            pytest.raises(ContentForbidden, match="TRUSTED_ORIGINS"),
        ):
            session.get("http://files.example/notes.txt")
        assert network.connected == []

    def test_what_is_known_of_one_origin_is_not_true_of_another(
        self, network: Network, origin: Origin
    ) -> None:
        """Neither where it is, nor that it is trusted."""
        network.names |= {"files.example": [[PUBLIC]], "inside.example": [["127.0.0.1"]]}
        network.routes[PUBLIC] = port_of(origin)
        call = Call(origin="http://inside.example", addresses=(ip_address("127.0.0.1"),), trusted=True)
        with calling(call), new_session() as session:
            assert session.get("http://files.example/notes.txt").content == NOTES
            with pytest.raises(ContentForbidden):
                session.get(f"http://inside.example:{port_of(origin)}/notes.txt")

    def test_another_address_is_tried_where_one_is_out_of_reach(
        self, network: Network, origin: Origin
    ) -> None:
        """As of a name with IPv4 and IPv6 on a machine that has only one of them."""
        network.names["files.example"] = [[PUBLIC_6, ANOTHER, PUBLIC]]
        network.routes |= {PUBLIC_6: 0, ANOTHER: 0, PUBLIC: port_of(origin)}
        assert download(HttpSource().open("http://files.example/notes.txt"))[1] == NOTES
        network.routes[PUBLIC] = 0
        with pytest.raises(ContentUnavailable):
            download(HttpSource().open("http://files.example/notes.txt"))
        assert len(origin.seen) == 1

    def test_addresses_of_another_family_are_out_of_reach(
        self, network: Network, origin: Origin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where a machine has no IPv6, a name that has both is called by IPv4, in whatever order they come."""
        monkeypatch.setattr("urllib3.util.connection.HAS_IPV6", False)
        network.names["files.example"] = [[PUBLIC_6, PUBLIC]]
        network.routes[PUBLIC] = port_of(origin)
        assert download(HttpSource().open("http://files.example/notes.txt"))[1] == NOTES
        assert [host for host, _ in network.connected] == ["127.0.0.1"]

    def test_only_one_address_ever_hears_of_a_request(self, network: Network, origin: Origin) -> None:
        """Where it was heard and not answered, others are not asked in its place."""
        network.names["files.example"] = [[PUBLIC, ANOTHER]]
        origin.pages["/mute"] = Page(script=lambda handler: handler.raw(b"SSH-2.0-OpenSSH\r\n"))
        with serving({"/mute": Page(body=b"heard")}) as other:
            network.routes |= {PUBLIC: port_of(origin), ANOTHER: port_of(other)}
            with pytest.raises(ContentInvalid):
                download(HttpSource().open("http://files.example/mute"))
            assert (len(origin.seen), len(other.seen)) == (1, 0)

    def test_a_name_that_is_unknown_is_unavailable(self, network: Network) -> None:
        """It may be known again later."""
        with pytest.raises(ContentUnavailable):
            download(HttpSource().open("http://nowhere.example/"))

    def test_a_public_address_needs_no_name(self, network: Network, origin: Origin) -> None:
        """What is written as an address is not looked up, and called if it is public."""
        network.routes[PUBLIC] = port_of(origin)
        source = HttpSource(f"http://{PUBLIC}")
        assert download(source.open("notes.txt"))[1] == NOTES
        source.close()
        assert network.looked_up == []

    def test_they_are_guarded_by_themselves(self, network: Network, origin: Origin) -> None:
        """Whoever uses such a session without telling it anything gets no further than the outside."""
        network.names |= {"files.example": [[PUBLIC]], "inside.example": [["127.0.0.1"]]}
        network.routes[PUBLIC] = port_of(origin)
        with new_session() as session:
            assert session.get("http://files.example/notes.txt").content == NOTES
            for url in (f"{origin.url}/notes.txt", f"http://inside.example:{port_of(origin)}/"):
                with pytest.raises(ContentForbidden):
                    session.get(url)
        assert len(network.connected) == 1

    def test_connections_are_used_again(self, network: Network, origin: Origin) -> None:
        """Each request looks the name up, and goes through the connection to that very address."""
        network.names["files.example"] = [[PUBLIC]]
        network.routes[PUBLIC] = port_of(origin)
        source = HttpSource("http://files.example")
        for _ in range(3):
            assert download(source.open("notes.txt"))[1] == NOTES
        assert len(network.connected) == 1
        source.close()

    def test_what_was_public_is_looked_up_again(self, network: Network, origin: Origin) -> None:
        """A connection that is still open is no reason to go on with a name that has moved inside."""
        network.names["files.example"] = [[PUBLIC]]
        network.routes[PUBLIC] = port_of(origin)
        source = HttpSource("http://files.example")
        download(source.open("notes.txt"))
        network.names["files.example"] = [["10.0.0.1"]]
        with pytest.raises(ContentForbidden):
            download(source.open("notes.txt"))
        source.close()

    def test_a_trusted_name_is_called_wherever_it_is(self, network: Network, origin: Origin) -> None:
        """Only whoever connects looks it up."""
        url = f"http://minio.example:{port_of(origin)}"
        network.names["minio.example"] = [["127.0.0.1"]]
        source = HttpSource(url, trusted_origins=[url])
        assert download(source.open("notes.txt"))[1] == NOTES
        assert network.looked_up == ["minio.example"]
        source.close()

    def test_credentials_of_the_machine_are_not_sent(
        self, network: Network, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a .netrc file says of a host is for whoever asks for it: a given session, or keywords."""
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password hunter2\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        url = f"{origin.url}/notes.txt"
        trusting: Any = {"trusted_origins": [origin.url]}
        own = (HttpSource(**trusting).open(url), HttpContent(url, **trusting))
        for content in (*own, as_content(HTTPFile(url=url, **trusting))):
            download(content)
        assert [seen.fields.get("authorization") for seen in origin.seen] == [None] * 3
        with requests.Session() as session:
            download(HttpSource(session=session, **trusting).open(url))
        download(as_content(HTTPFile(url=url, auth=("somebody", "hunter2"), **trusting)))
        assert all("authorization" in seen.fields for seen in origin.seen[3:])


class TestRedirectsElsewhere:
    def test_what_is_public_is_followed_without_what_was_for_the_first(
        self, network: Network, origin: Origin
    ) -> None:
        """As to a CDN: only the range and the conditions go along."""
        network.names["cdn.example"] = [[PUBLIC]]
        network.routes[PUBLIC] = port_of(origin)
        with serving({"/a": Page(status=302, fields={"Location": "http://cdn.example/notes.txt"})}) as first:
            with requests.Session() as session:
                session.headers["X-Api-Key"] = "hunter2"
                session.auth = ("user", "hunter2")
                source = HttpSource(first.url, session=session, trusted_origins=[first.url])
                plan, body = download(source.open("a"), Range="bytes=5-9")
            assert (plan.status, body) == (206, b"56789")
            assert first.seen[0].fields["x-api-key"] == "hunter2"
        (seen,) = origin.seen
        assert seen.fields.keys().isdisjoint({"x-api-key", "authorization"})
        assert (seen.fields["host"], seen.fields["range"]) == ("cdn.example", "bytes=5-9")

    def test_a_name_that_leads_inside_is_not_followed(self, network: Network, origin: Origin) -> None:
        """Whatever it was before."""
        origin.pages["/a"] = Page(
            status=302, fields={"Location": f"http://x.example:{port_of(origin)}/notes.txt"}
        )
        network.names["x.example"] = [["127.0.0.1"]]
        with pytest.raises(ContentForbidden):
            download(HttpSource(trusted_origins=[origin.url]).open(f"{origin.url}/a"))
        assert {seen.path for seen in origin.seen} == {"/a"}


def closing(handler: Any) -> None:
    """Answer as a server of old does, which ends the connection with the body."""
    handler.raw(b"HTTP/1.0 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"secret" * 100)


GIVEN: dict[str, Callable[[str], Content]] = {
    "session": lambda url: HttpSource(session=requests.Session()).open(url),
    "requests.get": lambda url: as_content(HTTPFile(requests.get, url)),
    "get of a session": lambda url: as_content(HTTPFile(requests.Session().get, url)),
    "factory": lambda url: as_content(HTTPFile(partial(requests.request, "GET"), url)),
    "sender": lambda url: HttpContent(url, send=requests.request),
}

EVERY_GIVEN = pytest.mark.parametrize("open_by", GIVEN.values(), ids=GIVEN.keys())


@EVERY_GIVEN
class TestGivenSenders:
    """They connect as they like: what can be seen of it from outside is checked."""

    def test_a_name_of_something_internal_is_not_asked(
        self, network: Network, origin: Origin, open_by: Callable[[str], Content]
    ) -> None:
        """One internal address among several is enough."""
        network.names["inside.example"] = [[PUBLIC, "127.0.0.1"]]
        with pytest.raises(ContentForbidden, match="TRUSTED_ORIGINS"):
            download(open_by(f"http://inside.example:{port_of(origin)}/notes.txt"))
        assert network.connected == []

    @pytest.mark.parametrize(
        "page", [Page(body=LARGE), Page(script=closing), Page(status=404, body=b"secret" * 10_000)]
    )
    def test_what_comes_from_inside_is_not_used(
        self, network: Network, origin: Origin, page: Page, open_by: Callable[[str], Content]
    ) -> None:
        """A name that resolves to something else when it is connected to gives nothing away, not even a status."""
        network.names["rebinding.example"] = [[PUBLIC], ["127.0.0.1"]]
        origin.pages["/secret"] = page
        with pytest.raises(ContentForbidden, match=r"answered from 127\.0\.0\.1"):
            download(open_by(f"http://rebinding.example:{port_of(origin)}/secret"))
        origin.wait_for_open(0)

    def test_what_comes_by_a_proxy_is_taken(
        self,
        network: Network,
        origin: Origin,
        monkeypatch: pytest.MonkeyPatch,
        open_by: Callable[[str], Content],
    ) -> None:
        """Its own address says nothing of whom it has asked."""
        monkeypatch.setenv("http_proxy", origin.url)
        origin.pages["http://files.example/a.txt"] = Page(body=b"by proxy")
        assert download(open_by("http://files.example/a.txt"))[1] == b"by proxy"


def test_of_an_answer_that_was_read_at_once_nothing_can_be_seen(network: Network, origin: Origin) -> None:
    """A factory that does not stream is held against what the name resolved to before it was called, no more."""

    def eager(url: str, **_: Any) -> requests.Response:
        return requests.get(url)

    url = f"http://files.example:{port_of(origin)}/notes.txt"
    network.names["files.example"] = [[PUBLIC], ["127.0.0.1"]]
    assert as_content(HTTPFile(eager, url)).describe(PLAIN_GET).size == len(NOTES)
    network.names["files.example"] = [["127.0.0.1"]]
    with pytest.raises(ContentForbidden):
        as_content(HTTPFile(eager, url)).describe(PLAIN_GET)


class TestProxies:
    """The proxies of the environment are used, and look up names themselves."""

    @pytest.fixture
    def proxy(self, origin: Origin, monkeypatch: pytest.MonkeyPatch) -> Origin:
        """Let an origin be the proxy."""
        monkeypatch.setenv("http_proxy", origin.url)
        monkeypatch.setenv("https_proxy", origin.url)
        monkeypatch.delenv("no_proxy", raising=False)
        origin.pages["http://files.example/a.txt"] = Page(body=b"by proxy")
        return origin

    def test_a_name_that_only_the_proxy_knows_is_asked_of_it(self, network: Network, proxy: Origin) -> None:
        """Networks with a proxy often know no name of the outside."""
        assert download(HttpSource().open("http://files.example/a.txt"))[1] == b"by proxy"
        assert proxy.seen[0].path == "http://files.example/a.txt"

    @pytest.mark.parametrize(
        "url",
        [
            "http://169.254.169.254/a.txt",
            "http://metadata.google.internal/a.txt",
            "http://inside.example/a.txt",
        ],
    )
    def test_what_is_known_to_be_internal_is_not_asked_of_it(
        self, network: Network, proxy: Origin, url: str
    ) -> None:
        """By its spelling, or because the name resolves here, too."""
        network.names["inside.example"] = [["10.0.0.1"]]
        with pytest.raises(ContentForbidden):
            download(HttpSource().open(url))
        assert proxy.seen == []

    def test_a_tunnel_is_asked_for_by_name(self, network: Network, proxy: Origin) -> None:
        """So that the proxy can hold the name against its own rules."""
        asked = []
        proxy.pages["files.example:443"] = Page()

        def refuse(handler: Any) -> None:
            asked.append(handler.path)
            handler.raw(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("tests.adapters.origin.Handler.do_CONNECT", refuse, raising=False)
            with pytest.raises(ContentUnavailable):
                download(HttpSource().open("https://files.example/a.txt"))
        assert asked == ["files.example:443"]

    def test_what_needs_no_proxy_is_guarded(
        self, network: Network, proxy: Origin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the environment excepts is called directly, and only where it is public."""
        monkeypatch.setenv("no_proxy", "rebinding.example")
        network.names["rebinding.example"] = [[PUBLIC], ["127.0.0.1"]]
        network.routes[PUBLIC] = 0
        with pytest.raises(ContentUnavailable):
            download(HttpSource().open(f"http://rebinding.example:{port_of(proxy)}/notes.txt"))
        assert network.connected == []


@define
class TlsOrigin:
    """A server with a certificate for one name."""

    port: int
    authority: Path
    names_asked_for: list[str | None] = field(factory=list)


def certificate(names: list[str], into: Path) -> Path:
    """Make a key and a certificate for *names*, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    into.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return into


class NamesItsHost(BaseHTTPRequestHandler):
    """Answers with what the client called it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = self.headers["Host"].encode()
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def tls(network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsOrigin]:
    """Run a server with TLS at a public address, for the names files.example and mirror.example."""
    pem = certificate(["files.example", "mirror.example"], tmp_path / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with ThreadingHTTPServer(("127.0.0.1", 0), NamesItsHost) as server:
        origin = TlsOrigin(server.server_address[1], pem)
        context.sni_callback = lambda _, name, __: origin.names_asked_for.append(name)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that hang up
        thread = threading.Thread(target=server.serve_forever, args=(0.005,))
        thread.start()
        network.routes[PUBLIC] = origin.port
        yield origin
        server.shutdown()
        thread.join()


class TestTls:
    """The address is pinned, the name is not lost."""

    def test_the_certificate_is_that_of_the_name(self, network: Network, tls: TlsOrigin) -> None:
        """The server is asked for by its name, and its certificate is held against that."""
        network.names |= {"files.example": [[PUBLIC]], "mirror.example": [[PUBLIC]]}
        source = HttpSource()
        for name in ("files.example", "mirror.example"):
            assert download(source.open(f"https://{name}/a.txt"))[1] == name.encode()
        source.close()
        # One connection is never used for another name, although both lead to the same address.
        assert tls.names_asked_for == ["files.example", "mirror.example"]

    def test_a_certificate_of_another_name_is_refused(self, network: Network, tls: TlsOrigin) -> None:
        """Although the address is the right one."""
        network.names["other.example"] = [[PUBLIC]]
        with pytest.raises(ContentUnavailable, match="CertificateError"):
            download(HttpSource().open("https://other.example/a.txt"))
        assert tls.names_asked_for == ["other.example"]

    def test_a_certificate_that_nobody_vouches_for_is_refused(
        self, network: Network, tls: TlsOrigin, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Pinning an address does not make it who it says."""
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        network.names["files.example"] = [[PUBLIC]]
        with pytest.raises(ContentUnavailable, match="SSL"):
            download(HttpSource().open("https://files.example/a.txt"))
