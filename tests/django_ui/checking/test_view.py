"""The view for the check: a marker for who has a token, and nothing for anybody else."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core import signing
from django.test import Client, override_settings
from django.urls import reverse

from downloadable.django_ui.probe import BY_DJANGO, Errand, Probed
from downloadable.django_ui.signals import download_finished
from downloadable.domain import PLAIN_GET
from downloadable.ports import Served
from tests.django_ui.checking.sites import (
    DATA,
    DOWNLOADS,
    MARKED,
)


def asked_for(errand: Errand, method: str = "get", **options: Any) -> Any:
    """Ask the view, as the check does."""
    url = f"{reverse('downloadable-check')}?token={quote(errand.token())}"
    return getattr(Client(raise_request_exception=False), method)(url, **options)


@pytest.fixture
def marked(site: None, media: Path) -> Errand:
    """A marker, and what asks for it."""
    (media / MARKED).write_bytes(DATA)
    return Errand(kind="directory", root=str(media), name=MARKED)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="none"),
        pytest.param("eyJ:1:2", id="made up"),
        pytest.param(signing.dumps({"kind": "", "until": 9e9}, salt="other"), id="signed for something else"),
    ],
)
def test_strangers_see_no_page(site: None, token: str) -> None:
    """Without a token of the check there is nothing."""
    assert Client().get("/downloadable-check/", {"token": token}).status_code == 404


def test_a_token_ends(marked: Errand) -> None:
    """A token holds for a minute, and not for ever."""
    for seconds, status in ((60.0, 200), (0.0, 404), (-1.0, 404)):
        url = f"/downloadable-check/?token={quote(marked.token(seconds))}"
        assert Client().get(url).status_code == status


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("secret.txt", id="any file"),
        pytest.param("../downloadable-check-0123456789abcdef/secret.txt", id="in a directory like a marker"),
        pytest.param("downloadable-check-0123456789abcdef.txt/x", id="below a marker"),
        pytest.param("downloadable-check-0123456789abcde.txt", id="nearly a marker"),
        pytest.param("downloadable-check-0123456789abcdef.pdf", id="another type"),
    ],
)
def test_nothing_but_markers(site: None, media: Path, name: str) -> None:
    """Even with a valid token, nothing is handed over but what is called as a marker."""
    (media / "secret.txt").write_bytes(b"secret")
    assert asked_for(Errand(kind="directory", root=str(media), name=name)).status_code == 404


def test_only_get_and_head(marked: Errand) -> None:
    """Nobody sends anything here."""
    assert [asked_for(marked, method).status_code for method in ("get", "head", "post", "put", "delete")] == [
        200,
        200,
        404,
        404,
        404,
    ]


def test_login_is_not_required(marked: Errand) -> None:
    """A site that wants everybody to log in can be checked, too."""
    with override_settings(
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.auth.middleware.LoginRequiredMiddleware",
            DOWNLOADS,
        ],
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    ):
        assert asked_for(marked)["X-Accel-Redirect"] == f"/protected/{quote(MARKED)}"


def test_a_marker_is_handed_over_as_any_download(marked: Errand) -> None:
    """The middleware's delegates are asked, and the answer has no body."""
    response = asked_for(marked)
    assert response.status_code == 200
    assert response["X-Accel-Redirect"] == f"/protected/{quote(MARKED)}"
    assert response["Content-Disposition"].startswith("inline")
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.content == b""


def test_what_django_sends_is_not_the_marker(marked: Errand) -> None:
    """Who gets the marker's bytes knows that they did not come from Python."""
    with override_settings(MIDDLEWARE=[]):
        response = asked_for(marked)
        part = asked_for(marked, headers={"Range": "bytes=40-45"})
    body = b"".join(response)
    assert len(body) == len(DATA)
    assert body == (BY_DJANGO * 9)[: len(DATA)]
    assert b"".join(part) == (BY_DJANGO * 9)[40:46]


@pytest.mark.parametrize(
    ("start", "stop"), [(0, None), (0, 0), (5, 5), (33, 34), (50, None), (0, 54), (32, 34)]
)
def test_every_part_of_what_django_sends(marked: Errand, start: int, stop: int | None) -> None:
    """A part is the same part of the whole."""
    content = Probed(marked.content())
    with closing(content):
        content.describe(PLAIN_GET)
        assert b"".join(content.read(start, stop)) == (BY_DJANGO * 2)[: len(DATA)][start:stop]


def test_an_account(marked: Errand) -> None:
    """Asked for an account, the view tells how it would hand over, and what it sees."""
    account = asked_for(Errand(kind=marked.kind, root=marked.root, name=marked.name, account=True))
    assert account["Cache-Control"] == "no-store"
    said = account.json()
    assert said["delegates"] == ["Nginx"]
    assert said["size"] == len(DATA)
    assert said["fields"]["X-Accel-Redirect"] == f"/protected/{quote(MARKED)}"


def test_an_account_is_no_download(marked: Errand) -> None:
    """Nobody hears of an answer that is only made to be told of."""
    heard: list[str] = []

    def receive(served: Served, **_: Any) -> None:
        heard.append(served.outcome)

    download_finished.connect(receive)
    try:
        said = asked_for(Errand(kind=marked.kind, root=marked.root, name=marked.name, account=True)).json()
        assert said["fields"]
        assert heard == []
        asked_for(marked)
        assert heard == ["handed over"]
    finally:
        download_finished.disconnect(receive)


def test_an_account_of_what_is_not_there(marked: Errand, media: Path) -> None:
    """A Django that does not see the file says so."""
    (media / MARKED).unlink()
    said = asked_for(Errand(kind="storage", root="default", name=MARKED, account=True)).json()
    assert said == {"delegates": ["Nginx"], "size": None, "fields": None}


def test_an_account_without_delegates(marked: Errand) -> None:
    """A Django that hands nothing over says so."""
    with override_settings(MIDDLEWARE=[]):
        said = asked_for(Errand(kind=marked.kind, root=marked.root, name=marked.name, account=True)).json()
    assert said == {"delegates": [], "size": len(DATA), "fields": None}
