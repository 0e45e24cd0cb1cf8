"""What the check finds where clients are sent to a store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from django.test import override_settings

from downloadable.adapters.store_links import signs_with
from downloadable.ports import ResponseOverrides
from tests.django_ui.checking.accelerator import Accelerator, Asked, Reply, in_front, reply_of
from tests.django_ui.checking.sites import (
    DOWNLOADS,
    HERE,
    Broken,
    failures,
    first_failure,
    found,
    nginx,
    settings_of,
    through,
)


class Bucket(Broken):
    """A storage that signs links to a store, which is a server of these tests."""

    store = ""

    def url(self, name: str | None) -> str:
        return f"{self.store}/bucket/{quote(name or '')}"


def sign(
    storage: Any, name: str, overrides: ResponseOverrides, method: str, lifetime: timedelta
) -> str | None:
    """Sign in words of its own."""
    disposition = quote(overrides.disposition or "")
    return f"{storage.url(name)}?disposition={disposition}&seconds={int(lifetime.total_seconds())}"


class Store(Accelerator):
    """A store that gives what it has for a signed link, or to anybody."""

    everybody = False
    typed = "text/plain"

    def answer(self, asked: Asked, environ: Any) -> Reply:
        query = parse_qs(environ["QUERY_STRING"])
        if not query and not self.everybody:
            return reply_of(403)
        file = self.files["/bucket/"] / asked.path.removeprefix("/bucket/")
        disposition = query.get("disposition", [""])[0]
        return reply_of(200, file.read_bytes(), Content_Disposition=disposition, Content_Type=self.typed)


@pytest.fixture
def store(media: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A site whose files are in a store, which is asked by redirection."""
    signs_with(Bucket, sign)
    redirect = {"BACKEND": "downloadable.adapters.delegates.PresignedRedirect"}
    with in_front(Store({"/bucket/": media})) as store:
        assert isinstance(store, Store)
        monkeypatch.setattr(Bucket, "store", store.url)
        stored = {"default": {"BACKEND": f"{__name__}.Bucket"}}
        with override_settings(
            **settings_of(media, STORAGES=stored, DOWNLOADABLE={"DELEGATES": [redirect]}, MEDIA_URL="")
        ):
            yield store
    signs_with(Bucket, None)


def test_a_redirection_is_followed(store: Store, media: Path) -> None:
    """To the store, which has the bytes, the name and the type."""
    with in_front(Accelerator({})) as accelerator:
        findings = through(accelerator)
    assert failures(findings) == []
    assert [finding.what.partition(" ")[0] for finding in findings[-3:]] == ["The", "The", "Without"]
    assert list(media.iterdir()) == []


def test_no_signature_is_printed(store: Store) -> None:
    """A link is shown as far as it leads, for what is printed is kept."""
    (of_django,) = (finding for finding in found() if finding.part == "Django")
    assert of_django.verdict == "ok"
    assert "/bucket/" in of_django.what
    assert "seconds=" not in of_django.what


def test_a_store_that_nobody_asks(store: Store) -> None:
    """What would have to redirect there, or fetch from there, is named; a root would not help."""
    elsewhere = nginx({"/srv/elsewhere": "/protected/"})
    with override_settings(DOWNLOADABLE={"DELEGATES": [elsewhere]}):
        failure = first_failure(found())
    assert failure.culprit == "Django settings"
    assert failure.mend.startswith("Add PresignedRedirect")


def test_a_store_that_is_wrong(store: Store) -> None:
    """What the store does not do as the link asks is its own fault."""
    with in_front(Accelerator({})) as accelerator:
        store.typed = "binary/octet-stream"
        failure = first_failure(through(accelerator))
        assert (failure.part, failure.culprit) == ("together", "storage")
        assert "Content-Type (binary/octet-stream)" in failure.what
        store.typed, store.everybody = "text/plain", True
        failure = first_failure(through(accelerator))
        assert (failure.part, failure.culprit) == ("together", "storage")
        assert "to anybody" in failure.what
        assert failures(through(accelerator, public=["default"])) == []
        store.client = lambda _, __: reply_of(403)
        failure = first_failure(through(accelerator))
        assert (failure.part, failure.culprit) == ("together", "storage")
        assert "The store answers 403" in failure.what


def test_links_that_are_signed_in_the_old_way(store: Store) -> None:
    """Where a store refuses a link with S3's old signature, that is the first thing to change."""
    signs_with(Bucket, lambda *asked: f"{sign(*asked)}&AWSAccessKeyId=AKIDEXAMPLE")
    store.client = lambda _, __: reply_of(403)
    with in_front(Accelerator({})) as accelerator:
        failure = first_failure(through(accelerator))
    assert "signature_version='s3v4'" in failure.mend


def test_a_redirection_that_is_changed(store: Store) -> None:
    """A server in front that sends clients elsewhere is to blame, and nobody goes there."""

    def elsewhere(asked: Asked, reply: Reply) -> Reply:
        return reply.saying(Location="http://127.0.0.1:9/") if reply.status == 302 else reply

    with in_front(Accelerator({}, client=elsewhere)) as accelerator:
        failure = first_failure(through(accelerator))
    assert (failure.part, failure.culprit) == ("together", "server")
    assert "Location 'http://127.0.0.1:9/'" in failure.what


def test_a_middleware_that_changes_a_redirection(store: Store) -> None:
    """A link that leads elsewhere is a matter of the settings."""
    with override_settings(MIDDLEWARE=[f"{HERE}.redirecting", DOWNLOADS]):
        assert failures(found()) == [("Django", "Django settings")]


def test_a_store_that_nginx_asks(store: Store, media: Path) -> None:
    """What nginx fetches by a signed link is proven as any file, and so is its URL prefix."""
    delegates = {"DELEGATES": [nginx({f"{store.url}/": "/remote/"})]}
    with (
        override_settings(DOWNLOADABLE=delegates),
        in_front(Accelerator({"/remote/bucket/": media})) as before,
    ):
        findings = through(before)
        assert failures(findings) == []
        assert {finding.verdict for finding in findings} == {"ok"}
        before.files = {"/remote/bucket/": media / "elsewhere"}
        failure = first_failure(through(before))
        assert f"location /remote/ {{ internal; proxy_pass {store.url}/; }}" in failure.mend


def test_a_link_that_two_prefixes_could_be_for(store: Store) -> None:
    """The prefix that is found is the one that the value has."""
    prefixes = {"https://other.example.com/": "/other/", f"{store.url}/": "/remote/"}
    with override_settings(DOWNLOADABLE={"DELEGATES": [nginx(prefixes)]}):
        findings = found()
    assert failures(findings) == []
    assert "X-Accel-Redirect: /remote/bucket/downloadable-check-" in findings[1].what
