"""The fixtures for tests of others, in projects of all kinds: here by pytester, in part in processes of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from downloadable import DownloadMiddleware, Nginx, Served, assert_download as plain_function, download
from downloadable.pytest_plugin import HandOver

TERMS = b"Buy milk."

URLS = """
from pathlib import Path
from django.conf import settings
from django.urls import path
from downloadable import download

urlpatterns = [
    path("<name>", lambda request, name: download(request, Path(settings.MEDIA_ROOT, name))),
]
"""

SETTINGS = """
SECRET_KEY = "of a test"
ROOT_URLCONF = "urls"
USE_TZ = True
"""

CONFIGURED = """
import django
from django.conf import settings

def pytest_configure():
    settings.configure(SECRET_KEY="of a test", ROOT_URLCONF="urls", USE_TZ=True)
    django.setup()
"""

TESTS = """
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from downloadable import Nginx

def test_media_root(media_root):
    assert settings.MEDIA_ROOT == str(media_root)
    assert list(media_root.iterdir()) == []

def test_finished(media_root, finished_downloads, assert_download):
    (media_root / "a.txt").write_text("tea")
    assert_download(Client().get("/a.txt"), content="tea", basename="a.txt")
    assert [one.outcome for one in finished_downloads] == ["completed"]

def test_not_finished(finished_downloads):
    assert finished_downloads == []

def test_handed_over(media_root, hand_over_downloads, assert_download):
    (media_root / "a.txt").write_text("tea")
    hand_over_downloads(Nginx({media_root: "/protected/"}))
    assert_download(Client().get("/a.txt"), handed_over_to="/protected/a.txt")

def test_not_handed_over(media_root, assert_download):
    (media_root / "a.txt").write_text("tea")
    assert_download(Client().get("/a.txt"), handed_over_to=False)

def test_differing(media_root, assert_download):
    (media_root / "a.txt").write_text("tea")
    assert_download(Client().get("/a.txt"), content="tee")
"""


def view(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve a file of the media root."""
    return download(request, Path(settings.MEDIA_ROOT, name))


urlpatterns = [path("<name>", view)]


@pytest.fixture
def terms(media_root: Path) -> Path:
    """A file to download."""
    file = media_root / "terms 1.txt"
    file.write_bytes(TERMS)
    return file


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project whose tests use each fixture, and of which one fails."""
    pytester.makepyfile(urls=URLS, project_settings=SETTINGS, test_downloads=TESTS)
    pytester.makeini("[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function")
    return pytester


def test_the_fixture_is_the_function(assert_download: object) -> None:
    """What is imported by some is given to others."""
    assert assert_download is plain_function


def test_the_media_root_is_empty_and_of_this_test(media_root: Path, request: pytest.FixtureRequest) -> None:
    """What is written there is not among the project's own files."""
    assert str(media_root) == settings.MEDIA_ROOT
    assert list(media_root.iterdir()) == []


def test_downloads_are_listed_when_they_end(terms: Path, finished_downloads: list[Served]) -> None:
    """With all that observers are told: the name, the request, how it ended."""
    request = RequestFactory().get("/", headers={"Range": "bytes=0-3"})
    response = download(request, terms)
    assert finished_downloads == []
    plain_function(response, range=(0, 4), content=terms)
    (served,) = finished_downloads
    assert (served.resource.name, served.outcome, served.bytes_sent) == ("terms 1.txt", "completed", 4)
    assert served.request is request


def test_downloads_of_other_tests_are_not_listed(finished_downloads: list[Served]) -> None:
    """Each test begins with none."""
    assert finished_downloads == []


@pytest.mark.parametrize("middleware", [[], ["downloadable.DownloadMiddleware"]])
def test_downloads_are_handed_over(
    terms: Path, hand_over_downloads: HandOver, finished_downloads: list[Served], middleware: list[str]
) -> None:
    """Whoever is given last is offered what clients ask for, whether the site has the middleware or not."""
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=middleware):
        plain_function(Client().get("/terms 1.txt"), handed_over_to=False, content=TERMS)
        hand_over_downloads(Nginx({terms.parent: "/first/"}))
        hand_over_downloads(Nginx({terms.parent: "/second/"}))
        plain_function(
            Client().get("/terms 1.txt"), handed_over_to="/second/terms%201.txt", basename="terms 1.txt"
        )
        response = DownloadMiddleware(lambda request: download(request, terms))(RequestFactory().get("/"))
        plain_function(response, handed_over_to="/second/terms%201.txt")
    assert [one.outcome for one in finished_downloads] == ["completed", "handed over", "handed over"]


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run the project's tests in a process of their own, which finds the plugin as it finds all that is installed."""
    return project.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_projects_with_pytest_django(project: pytest.Pytester) -> None:
    """Every fixture is there without a word in any conftest.py, and a failure says why; in workers, too."""
    result = run(project, "--ds=project_settings", "--numprocesses=1")
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(
        [
            "E*AssertionError: This is not the download that was expected (GET /a.txt).",
            "E*content: 3 bytes, 3 expected; the first difference is at byte 2, line 1, column 3 (- sent, + expected):",
            "E*- 'tea'",
            "E*+ 'tee'",
        ]
    )
    # The test's own line is shown, not ours.
    assert "expected.py" not in result.stdout.str()


def test_projects_without_pytest_django(project: pytest.Pytester) -> None:
    """A project that configures Django by itself has the same fixtures."""
    project.makeconftest(CONFIGURED)
    run(project, "-p", "no:django").assert_outcomes(passed=5, failed=1)


NOT_LOADED = """
import sys

def test_nothing_is_loaded():
    loaded = [name for name in sys.modules if name.partition(".")[0] in ("django", "asgiref", "attr")]
    loaded += [name for name in sys.modules if name.startswith("downloadable.")]
    assert loaded == ["downloadable.pytest_plugin"]
"""


def test_projects_without_django(pytester: pytest.Pytester) -> None:
    """Where other tests run, nothing but the fixtures' own module is imported, and no setting is asked for."""
    pytester.makepyfile(NOT_LOADED)
    options = ("-p", "no:django", "-p", "no:asyncio", "-p", "no:hypothesispytest", "-W", "error")
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1)
