"""The libraries of Google and Azure sign without a network, so what a link says is what they write."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from adlfs import AzureBlobFileSystem
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from gcsfs import GCSFileSystem
from google.auth.credentials import AnonymousCredentials
from google.oauth2.service_account import Credentials
from storages.backends.azure_storage import AzureStorage
from storages.backends.gcloud import GoogleCloudStorage

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.fsspec import FsspecSource
from downloadable.ports import Content, ResponseOverrides, Signable

WANTED = ResponseOverrides(
    disposition="attachment; filename=\"a b.txt\"; filename*=UTF-8''%C3%A9t%C3%A9%20%25.txt",
    content_type="text/plain; charset=utf-8",
    cache_control="private, max-age=30",
)
NAMES = [
    "2026/06/deep.txt",
    "a b.txt",
    "100%.txt",
    "%41.txt",
    "#1.txt",
    "a+b.txt",
    'it\'s "quoted".txt',
    "a;b=c&d.txt",
    "été.txt",
    "日本語.txt",
    "😀.txt",
    "~user.txt",
]
KEY = b64encode(b"not really a key" * 4).decode()
ACCOUNT = {"account_name": "acme", "account_key": KEY}
TO_ACCOUNT = (
    f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={KEY};EndpointSuffix=core.windows.net"
)

ANONYMOUS: Any = AnonymousCredentials
NOBODY = ANONYMOUS()

Open = Callable[[str], Content]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody connect to anything."""

    def refuse(*args: Any) -> None:
        raise AssertionError(f"Signing asked {args[1:]}.")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def link(
    content: Content,
    overrides: ResponseOverrides = WANTED,
    method: str = "GET",
    lifetime: timedelta = timedelta(minutes=1),
) -> str | None:
    """Sign a link to a content that has one place for it."""
    (location,) = content.locations()
    assert isinstance(location, Signable)
    return location.sign(overrides, method, lifetime)


def query_of(url: str) -> dict[str, str]:
    """Return what is asked along with a path."""
    return {word: values[0] for word, values in parse_qs(urlsplit(url).query).items()}


# Google


@cache
def private_key() -> rsa.RSAPrivateKey:
    """Make a key for this run."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def account() -> Any:
    """Make up a service account."""
    pem = private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    make: Any = Credentials.from_service_account_info
    return make(
        {
            "type": "service_account",
            "project_id": "acme",
            "private_key_id": "1",
            "private_key": pem.decode(),
            "client_email": "files@acme.iam.gserviceaccount.com",
            "token_uri": "https://oauth2.googleapis.com/token",
        }
    )


def google_storage(**options: Any) -> Any:
    """Make a storage of a bucket."""
    return GoogleCloudStorage(
        **{"bucket_name": "files", "project_id": "acme", "credentials": account(), **options}
    )


def google_filesystem(token: Any) -> Any:
    """Make a file system of buckets."""
    return GCSFileSystem(token=token, project="acme", skip_instance_cache=True)


@pytest.fixture(params=["django-storages", "gcsfs"])
def open_in_google(request: pytest.FixtureRequest) -> Open:
    """Open what is in a bucket through each library."""
    if request.param == "gcsfs":
        return FsspecSource(google_filesystem(account()), "files").open
    return StorageSource(google_storage()).open


def holds(url: str, method: str) -> bool:
    """Tell whether Google would take a link for a request with *method*, as its documentation says it is checked."""
    rest, _, signature = url.rpartition("&X-Goog-Signature=")
    parts, said = urlsplit(rest), query_of(url)
    query = "&".join(sorted(parts.query.split("&")))
    lines = (method, parts.path, query, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD")
    canonical = sha256("\n".join(lines).encode()).hexdigest()
    scope = said["X-Goog-Credential"].partition("/")[2]
    text = "\n".join(("GOOG4-RSA-SHA256", said["X-Goog-Date"], scope, canonical))
    try:
        private_key().public_key().verify(
            bytes.fromhex(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256()
        )
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("name", [*NAMES, "what?.txt", ".hidden"])
def test_google_is_told_what_to_say(open_in_google: Open, name: str) -> None:
    """It has words for the name and the type; the lifetime is in seconds."""
    url = link(open_in_google(name), lifetime=timedelta(seconds=90))
    assert url is not None
    assert url.partition("?")[0] == f"https://storage.googleapis.com/files/{quote(name, safe='/~')}"
    said = query_of(url)
    assert said["response-content-disposition"] == WANTED.disposition
    assert said["response-content-type"] == WANTED.content_type
    assert said["X-Goog-Expires"] == "90"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_to_google_holds_for_its_method(open_in_google: Open, method: str) -> None:
    """It signs the method, too."""
    url = link(open_in_google("a b.txt"), method=method)
    assert url is not None
    assert {tried: holds(url, tried) for tried in ("GET", "HEAD")} == {
        "GET": method == "GET",
        "HEAD": method == "HEAD",
    }


def test_google_signs_for_a_domain_of_its_own_kind() -> None:
    """A link to a bucket's own domain is signed, and says the same."""
    url = link(StorageSource(google_storage(custom_endpoint="https://files.example")).open("a.txt"))
    assert url is not None
    assert url.startswith("https://files.example/a.txt?")
    assert query_of(url)["response-content-disposition"] == WANTED.disposition


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"default_acl": "publicRead"}, id="public"),
        pytest.param({"object_parameters": {"acl": "publicRead"}}, id="public object"),
        pytest.param({"querystring_auth": False}, id="unsigned"),
        pytest.param({"querystring_auth": False, "custom_endpoint": "https://cdn.example"}, id="own domain"),
        pytest.param({"credentials": NOBODY}, id="without a key"),
    ],
)
def test_a_public_url_of_google_is_not_given(options: dict[str, Any]) -> None:
    """It would not say what it should; and without a key there is no signature."""
    assert link(StorageSource(google_storage(**options)).open("a.txt")) is None


@pytest.mark.parametrize("token", ["anon", NOBODY], ids=["none", "without a key"])
def test_a_file_system_of_google_needs_a_key(token: Any) -> None:
    """It is not looked for on the network."""
    assert link(FsspecSource(google_filesystem(token), "files").open("a.txt")) is None


def test_a_name_does_not_choose_a_generation() -> None:
    """What a file system would read as one is not found."""
    filesystem = GCSFileSystem(token=account(), project="acme", version_aware=True, skip_instance_cache=True)
    for name, found in (("a.txt#123", False), ("a.txt?generation=123", False), ("a.txt#new", True)):
        assert bool(FsspecSource(filesystem, "files").open(name).locations()) is found


# Azure


def azure_storage(**options: Any) -> Any:
    """Make a storage of a container."""
    return AzureStorage(azure_container="files", **options)


def azure_filesystem(**options: Any) -> Any:
    """Make a file system of containers."""
    return AzureBlobFileSystem(**options, skip_instance_cache=True)


AZURE: dict[str, Callable[[], Any]] = {
    "django-storages": lambda: StorageSource(azure_storage(**ACCOUNT)),
    "django-storages, by text": lambda: StorageSource(azure_storage(connection_string=TO_ACCOUNT)),
    "adlfs": lambda: FsspecSource(azure_filesystem(**ACCOUNT), "files"),
    "adlfs, by text": lambda: FsspecSource(azure_filesystem(connection_string=TO_ACCOUNT), "files"),
}


@pytest.fixture(params=AZURE)
def open_in_azure(request: pytest.FixtureRequest) -> Open:
    """Open what is in a container through each library."""
    opened: Open = AZURE[request.param]().open
    return opened


@pytest.mark.parametrize("name", NAMES)
def test_azure_is_told_what_to_say(open_in_azure: Open, name: str) -> None:
    """It has words for the name and the type; the link allows to read, and says when it ends."""
    url = link(open_in_azure(name), lifetime=timedelta(seconds=90))
    assert url is not None
    path, said = url.partition("?")[0], query_of(url)
    assert unquote(path) == f"https://acme.blob.core.windows.net/files/{name}"
    assert (said["rscd"], said["rsct"]) == (WANTED.disposition, WANTED.content_type)
    assert said["sp"] == "r"
    left = datetime.fromisoformat(said["se"]) - datetime.now(UTC)
    assert timedelta(seconds=60) < left <= timedelta(seconds=90)


def test_azure_allows_head_with_get(open_in_azure: Open) -> None:
    """A permission to read is one for both."""
    url = link(open_in_azure("a.txt"), method="HEAD")
    assert url is not None
    assert query_of(url)["sp"] == "r"


def test_django_storages_tell_azure_how_long_to_keep() -> None:
    """By fsspec there is no word for it, and the object's own Cache-Control has to do."""
    told = link(StorageSource(azure_storage(**ACCOUNT)).open("a.txt"))
    untold = link(FsspecSource(azure_filesystem(**ACCOUNT), "files").open("a.txt"))
    assert told is not None
    assert untold is not None
    assert query_of(told)["rscc"] == WANTED.cache_control
    assert "rscc" not in query_of(untold)


@pytest.mark.parametrize(
    "options", [{"account_name": "acme"}, {"account_name": "acme", "sas_token": "sv=2026&sig=abc"}], ids=str
)
def test_azure_signs_with_a_key_alone(options: dict[str, Any]) -> None:
    """Without one, nothing is signed; a signature that was given to us is not given away."""
    assert link(StorageSource(azure_storage(**options)).open("a.txt")) is None
    assert link(FsspecSource(azure_filesystem(**options, anon=True), "files").open("a.txt")) is None
