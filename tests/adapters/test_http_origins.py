from __future__ import annotations

import pytest

from downloadable.adapters.http.origins import allowed, origin_of, redirected, trusted
from downloadable.domain import ContentForbidden, ContentInvalid

TRUSTED = trusted(["http://minio:9000", "http://127.0.0.1:8001/", "HTTPS://[::1]"])


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        pytest.param("http://example.com/a.pdf", "http://example.com", id="plain"),
        pytest.param("HTTP://Example.COM:80/", "http://example.com", id="case and default port"),
        pytest.param("https://example.com:443?a", "https://example.com", id="default port of https"),
        pytest.param("https://example.com:80/", "https://example.com:80", id="other port"),
        pytest.param("http://example.com./", "http://example.com", id="dot of the root"),
        pytest.param("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080", id="IPv6"),
    ],
)
def test_an_origin_has_one_spelling(url: str, origin: str) -> None:
    """Scheme, host and port are compared, however they are written."""
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.pdf",
        "http://93.184.215.14/",
        "http://[2606:2800:21f:cb07::1]/",
        "http://[::ffff:93.184.215.14]/",
        "http://localdomain.example.com/",
        "http://minio:9000/bucket/a.pdf?signature=b",
        "http://127.0.0.1:8001/",
        "https://[::1]:443/",
        "http://intranet.example/",
        "http://localhost.example.com/",
    ],
)
def test_public_and_trusted_urls_are_allowed(url: str) -> None:
    """What is not internal, or is trusted, may be called; names are not resolved."""
    assert allowed(url, TRUSTED) == url


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1/", id="loopback"),
        pytest.param("http://127.0.0.1:8002/", id="another port than the trusted one"),
        pytest.param("https://127.0.0.1:8001/", id="another scheme than the trusted one"),
        pytest.param("http://127.1/", id="short spelling"),
        pytest.param("http://2130706433/", id="one number"),
        pytest.param("http://0x7f.0.0.1/", id="hexadecimal"),
        pytest.param("http://0177.0.0.1/", id="octal"),
        pytest.param("http://127.0.0.1./", id="dot of the root"),
        pytest.param("http://0.0.0.0/", id="unspecified"),
        pytest.param("http://10.1.2.3/", id="private"),
        pytest.param("http://192.168.0.1/", id="private network"),
        pytest.param("http://169.254.169.254/latest/meta-data/", id="link-local"),
        pytest.param("http://100.64.0.1/", id="shared"),
        pytest.param("http://224.0.0.1/", id="multicast"),
        pytest.param("http://240.0.0.1/", id="reserved"),
        pytest.param("http://[::1]/", id="IPv6 loopback"),
        pytest.param("http://[fd00::1]/", id="IPv6 private"),
        pytest.param("http://[fe80::1]/", id="IPv6 link-local"),
        pytest.param("http://[::ffff:127.0.0.1]/", id="IPv4 in IPv6"),
        pytest.param("http://[64:ff9b::7f00:1]/", id="IPv4 translated"),
        pytest.param("http://localhost:8000/", id="localhost"),
        pytest.param("http://LOCALHOST./", id="localhost in capitals, with a dot"),
        pytest.param("http://api.localhost/", id="below localhost"),
        pytest.param("http://localhost.localdomain:8000/", id="localhost of a hosts file"),
        pytest.param("http://localhost6.localdomain6/", id="localhost of a hosts file, IPv6"),
        pytest.param("http://localhost4/", id="localhost4"),
        pytest.param("http://localhost6/", id="localhost6"),
        pytest.param("http://IP6-localhost/", id="ip6-localhost"),
        pytest.param("http://ip6-loopback/", id="ip6-loopback"),
        pytest.param("http://printer.local/", id="multicast DNS"),
        pytest.param("http://metadata.google.internal/", id="names of a cloud"),
        pytest.param("http://nas.home.arpa/", id="names at home"),
        pytest.param("http://192.0.0.8/", id="protocol assignments"),
        pytest.param("http://[fec0::1]/", id="IPv6 site-local"),
        pytest.param("http://[2002:7f00:1::]/", id="6to4 of loopback"),
        pytest.param("http://[2002:5db8:d70e::1]/", id="6to4, which nobody runs any more"),
        pytest.param("http://[2002:a9fe:a9fe::1]/", id="6to4 of link-local"),
        pytest.param("http://[::ffff:192.0.0.8]/", id="protocol assignments in IPv6"),
        pytest.param("http://[2001:0:7f00:1::]/", id="Teredo"),
    ],
)
def test_internal_hosts_are_refused_with_the_line_to_add(url: str) -> None:
    """A literal address that is not public, and localhost, need to be trusted; the error says how."""
    with pytest.raises(ContentForbidden) as caught:
        allowed(url, TRUSTED)
    assert f'DOWNLOADABLE = {{"TRUSTED_ORIGINS": ["{origin_of(url)}"]}}' in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.pdf",
        "//example.com/a.pdf",
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://example.com/",
        "http:///a.pdf",
        "http://",
        "http:example.com",
        "http://example.com:port/",
        "http://example.com:99999/",
        "http://[::1/",
        "http://[1:2:3]/",
        "http://[fe80::1%eth0]/",
        "http://exa mple.com/",
        "http://exam\nple.com/",
        "http://example.com/\r\nX: y",
        "http://example.com\\@127.0.0.1/",
        "http://127.0.0.1\\.example.com/",
        "http://%31%32%37.0.0.1/",
        "http://１２７.０.０.１/",
        "http://bücher.example/",
        "http://localhost../",
        "http://127.0.0.1../",
        "http://.localhost/",
        "http://a..b/",
        "http://./",
        "http://example.com:0/",
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 127}example/",
    ],
)
def test_what_is_no_http_url_is_refused(url: str) -> None:
    """Only http and https URLs whose host reads the same to everybody are called."""
    with pytest.raises(ContentForbidden):
        allowed(url, TRUSTED)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hunter2@example.com/",
        "http://hunter2@minio:9000/",
        "http://user:hunter2@example.com:port/",
        "http://user:hunter2@[::1/",
        "ftp://user:hunter2@example.com/",
        "http://user:hun?hunter2@example.com/",
        "http://user:hunter2\uff03@example.com/",
        "http://example.com\n/?key=hunter2",
        "http://10.0.0.1/a?key=hunter2#hunter2",
    ],
)
def test_credentials_are_refused_and_not_repeated(url: str) -> None:
    """A URL with a user or a password is not called, and no error shows a secret."""
    with pytest.raises(ContentForbidden) as caught:
        allowed(url, TRUSTED)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "origin",
    ["minio:9000", "minio", "http://minio:9000/bucket", "http://minio?a=b", "http://user:pw@minio", "*", ""],
)
def test_a_trusted_origin_is_scheme_host_and_port(origin: str) -> None:
    """What is more or less than an origin is a mistake of the settings."""
    with pytest.raises(ValueError, match=r"origin|URL|credentials"):
        trusted([origin])


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        pytest.param("http://example.com/dir/a", "/b", "http://example.com/b", id="path"),
        pytest.param("http://example.com/dir/a", "b?c=d", "http://example.com/dir/b?c=d", id="relative path"),
        pytest.param(
            "http://example.com/a", "http://example.com:80/b", "http://example.com:80/b", id="spelt out"
        ),
        pytest.param("http://example.com/a", "https://example.com/a", "https://example.com/a", id="to TLS"),
        pytest.param("http://example.com/a", "//cdn.example/a", "http://cdn.example/a", id="another host"),
        pytest.param(
            "https://example.com/a", "//cdn.example/a", "https://cdn.example/a", id="the same with TLS"
        ),
        pytest.param(
            "https://example.com/a", "http://minio:9000/b", "http://minio:9000/b", id="trusted origin"
        ),
    ],
)
def test_where_a_redirect_leads(url: str, location: str, target: str) -> None:
    """It may be another origin; whether that may be called is another question."""
    assert redirected(url, location, TRUSTED) == target


@pytest.mark.parametrize("location", ["http://example.com/a", "http://cdn.example/a", "http://127.0.0.1/a"])
def test_tls_is_not_given_up_on_the_way(location: str) -> None:
    """A redirect from https to http is refused, also within a host, unless its target is trusted."""
    with pytest.raises(ContentForbidden, match="TRUSTED_ORIGINS"):
        redirected("https://example.com/a", location, TRUSTED)


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "http://[::1", "javascript:alert(1)", "//u:p@example.com/"]
)
def test_redirects_to_nowhere_make_no_sense(location: str) -> None:
    """What is no http or https URL is no place to go to."""
    with pytest.raises(ContentInvalid):
        redirected("http://example.com/a", location, TRUSTED)


def test_one_text_is_no_list_of_origins() -> None:
    """An origin that is given alone is a mistake of the program, said as such."""
    with pytest.raises(TypeError, match="must be a list"):
        trusted("http://minio:9000")
