"""Accounts: signing up, in and out; what every page has; what is said when something goes wrong."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import AsyncClient, Client, RequestFactory
from django.views.defaults import bad_request, server_error

from demo.models import Access, Document, Place
from tests.demo.conftest import Site
from tests.demo.page import Page
from tests.demo.people import HOST, client_of, document_of, person

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
PAGES = [
    "/",
    "/accounts/login/",
    "/accounts/sign-up/",
    "/documents/",
    "/documents/upload/",
    "/sources/",
    "/inspect/",
]
ERRORS = ["/nothing", "/documents/0/", "/shared/1/", "/reports/2025.csv?rows=x"]


def test_signing_up_signs_in(visitor: Client) -> None:
    """Whoever makes an account is signed in with it, and can sign out and in again."""
    form = {"username": "grace", "password1": PASSWORD, "password2": PASSWORD}
    assert visitor.post("/accounts/sign-up/", form).headers["Location"] == "/documents/"
    assert "grace" in visitor.get("/documents/").text
    assert visitor.post("/accounts/logout/").headers["Location"] == "/"
    assert visitor.get("/documents/").status_code == 302
    wrong = visitor.post("/accounts/login/", {"username": "grace", "password": "wrong"})
    assert "Please enter a correct username and password." in wrong.text
    right = {"username": "grace", "password": PASSWORD, "next": "/documents/upload/"}
    assert visitor.post("/accounts/login/", right).headers["Location"] == "/documents/upload/"
    assert not get_user_model().objects.get(username="grace").is_staff


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": "ada"}, "username"),
        ({"password1": "ada", "password2": "ada"}, "password2"),
        ({"password2": "another"}, "password2"),
    ],
    ids=["taken", "weak", "two passwords"],
)
def test_impossible_account_is_told(fields: dict[str, str], wrong: str, visitor: Client) -> None:
    """What is wrong with a new account is told at its field."""
    person("ada")
    form = {"username": "grace", "password1": PASSWORD, "password2": PASSWORD, **fields}
    response = visitor.post("/accounts/sign-up/", form)
    assert response.context["form"].errors.keys() == {wrong}
    assert f'id="id_{wrong}_error"' in response.text
    assert not get_user_model().objects.filter(username="grace").exists()


def test_signing_in_leads_to_no_other_site(visitor: Client) -> None:
    """A page that somebody else has chosen is not where one is sent to."""
    ada = person("ada")
    ada.set_password(PASSWORD)
    ada.save()
    form = {"username": "ada", "password": PASSWORD, "next": "https://evil.example/"}
    assert visitor.post("/accounts/login/", form).headers["Location"] == "/documents/"


@pytest.mark.parametrize("url", [*PAGES, *ERRORS])
def test_page_stands_alone_and_can_be_read(url: str, site: Site) -> None:
    """Each page loads what is ours alone, runs nothing in line, names its language and itself, and fits a phone."""
    assert_is_a_page(
        client_of("ada").get(url) if "accounts" not in url else Client(SERVER_NAME=HOST).get(url)
    )


def test_page_of_a_document_stands_alone_and_can_be_read(site: Site) -> None:
    """So does that of a document, with all that its owner can do."""
    client = client_of("ada")
    for name in ("a.png", "b.pdf", "c.wav", "d.webm", "e.txt"):
        document = document_of("ada", filename=name)
        assert_is_a_page(client.get(f"/documents/{document.pk}/"))
        assert_is_a_page(client.get(f"/documents/{document.pk}/delete"))
        assert_is_a_page(client.post(f"/documents/{document.pk}/link", {"lifetime": 9}))


def assert_is_a_page(response: Any) -> None:
    """Hold a page against what each of them has."""
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    html = response.text
    elements = Page(html).elements
    tags = [tag for tag, _ in elements]
    assert ("html", {"lang": "en"}) in elements
    assert any(tag == "meta" and fields.get("name") == "viewport" for tag, fields in elements)
    assert [tags.count(tag) for tag in ("header", "main", "footer", "h1", "title")] == [1, 1, 1, 1, 1]
    assert re.search(r"<title>\s*\S.* · ", html)
    first = next(fields for tag, fields in elements if tag == "a")
    assert (first.get("class"), first["href"]) == ("skip", "#main")
    assert "style" not in tags
    for tag, fields in elements:
        assert not {name for name in fields if name.startswith("on") or name == "style"}
        for name in ("src", "href", "action"):
            address = fields.get(name) or "/"
            assert address.startswith(("/", "#", "?", f"http://{HOST}/shared/")), (tag, address)
        assert tag != "script" or (fields["src"] or "").startswith("/static/demo/")
        assert tag != "img" or fields.get("alt")
        assert tag != "iframe" or fields.get("title")
    ids = [fields["id"] for _, fields in elements if "id" in fields]
    assert len(ids) == len(set(ids))
    labels = {fields.get("for") for tag, fields in elements if tag == "label"}
    for tag, fields in elements:
        if tag in ("input", "select", "textarea") and fields.get("type") not in ("hidden", "submit"):
            assert fields.get("aria-label") or fields.get("id") in labels, fields
        for described in (fields.get("aria-describedby") or "").split():
            assert described in ids


async def test_pages_have_a_policy_under_asgi_too(site: Site, settings: Any) -> None:
    """The middleware of the site works in both worlds."""
    settings.ALLOWED_HOSTS = ["testserver"]
    response = await AsyncClient().get("/")
    assert response.status_code == 200
    assert response.headers["Content-Security-Policy"].startswith("default-src 'self'; ")


def test_previews_may_come_from_the_bucket(site: Site, settings: Any) -> None:
    """Where there is a bucket, a page may show what is redirected there, and run nothing from there."""
    from demo.middleware import OURS, policy

    settings.BUCKET_URL = "http://127.0.0.1:9000/documents"
    policy.cache_clear()
    try:
        given = client_of("ada").get("/").headers["Content-Security-Policy"]
    finally:
        policy.cache_clear()
    shown = "'self' http://127.0.0.1:9000"
    assert given == f"{OURS}; img-src {shown}; media-src {shown}; frame-src {shown}"


@pytest.mark.parametrize(("view", "status"), [(bad_request, 400), (server_error, 500)])
def test_errors_have_pages(view: Any, status: int, site: Site, rf: RequestFactory) -> None:
    """Also where nothing is known of the request, there is a page in the look of the site."""
    response = view(rf.get("/"), *([Exception()] if status == 400 else []))
    assert response.status_code == status
    assert '<main id="main"' in response.text


def test_each_download_is_a_line_in_the_log(
    site: Site, demo_settings: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """A download writes one line; a page writes none, and neither does what the page of sources asks for itself."""
    from demo import settings

    document = document_of("ada", b"Ten bytes.", 'a"b\n.txt')
    client = client_of("ada")
    loggers = [logging.getLogger(name) for name in ("", "django.request", "downloadable.served")]
    before = [(logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    config = logging.config.DictConfigurator(settings.LOGGING)  # type: ignore[attr-defined]
    try:
        config.configure()
        client.get("/sources/")
        client.get(f"/documents/{document.pk}/")
        response: Any = client.get(f"/documents/{document.pk}/file", headers={"Range": "bytes=0-3"})
        response.getvalue()
        response.close()
    finally:
        # Others of this process count on what is logged, too.
        for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
            logger.handlers[:], logger.level, logger.propagate = handlers, level, propagate
    (line,) = [line for line in capsys.readouterr().err.splitlines() if " download " in line]
    assert (
        "method=GET view=document-file status=206 outcome='completed' bytes_sent=4 size=10 ranges=0-3" in line
    )
    assert "\n" not in line


def test_migrations_are_complete(site: Site) -> None:
    """The models are what the migrations make."""
    call_command("makemigrations", "demo", check=True, dry_run=True, verbosity=0)


def test_settings_are_in_order(site: Site) -> None:
    """Django's checks, and ours, have nothing to say."""
    call_command("check", fail_level="WARNING")


def test_samples_are_made_once(site: Site) -> None:
    """However often the demo starts, there are the same accounts and documents; what people have changed stays."""
    from demo.sample_documents import make_documents

    make_documents()
    facts = list(Document.objects.order_by("pk").values())
    Document.objects.filter(filename="plan.txt").update(title="Another plan")
    make_documents()
    again = list(Document.objects.order_by("pk").values())
    assert [{**one, "title": None} for one in facts] == [{**one, "title": None} for one in again]
    assert Document.objects.get(filename="plan.txt").title == "Another plan"
    assert set(get_user_model().objects.values_list("username", "is_superuser")) == {
        ("ada", False),
        ("ben", False),
        ("alan", True),
    }


def test_samples_can_be_downloaded(site: Site) -> None:
    """Each sample is what its row says, and each account gets what is for it."""
    from demo.sample_documents import PASSWORDS, make_documents, samples

    make_documents()
    client = Client(SERVER_NAME=HOST)
    assert client.login(username="ada", password=PASSWORDS["ada"])
    kept = set()
    for document in Document.objects.all():
        response: Any = client.get(f"/documents/{document.pk}/file")
        if document.filename == "diary.txt":
            assert response.status_code == 404
            continue
        body = response.getvalue()
        assert response.status_code == 200
        assert document.size in (None, len(body))
        kept.add(document.place)
    assert kept == set(Place.values)
    assert len(samples()) == Document.objects.count()
    assert {one.access for one in samples()} == set(Access)


def test_interrupted_samples_are_completed(site: Site) -> None:
    """A file without its row, or half of one, is replaced by the whole."""
    from demo.sample_documents import make_documents

    make_documents()
    document = Document.objects.get(filename="plan.txt")
    path = Path(document.file.path)
    content = path.read_bytes()
    Document.objects.all().delete()
    path.write_bytes(content[:5])
    make_documents()
    again = Document.objects.get(filename="plan.txt")
    assert Path(again.file.path).read_bytes() == content
    assert not [left for left in path.parent.iterdir() if left.name.startswith(".")]
