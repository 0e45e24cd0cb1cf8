from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory, SimpleTestCase, TestCase, override_settings

from downloadable.django_ui.responses import DownloadResponse
from downloadable.django_ui.serving import download
from downloadable.django_ui.testing import assert_download_response, setup_view, temporary_media_root
from downloadable.django_ui.views import PathDownloadView, VirtualDownloadView

CASE = SimpleTestCase()


def response(**arguments: Any) -> DownloadResponse:
    """Return the response of a download."""
    return DownloadResponse(ContentFile("čaj", name="menü.txt"), **arguments)


TRUE: list[Any] = [
    pytest.param({}, {}, id="nothing but a download"),
    pytest.param({}, {"basename": "menü.txt"}, id="basename"),
    pytest.param({"basename": "a b.txt"}, {"basename": "a b.txt"}, id="plain basename"),
    pytest.param({}, {"content_type": "text/plain; charset=utf-8"}, id="content_type"),
    pytest.param({}, {"mime_type": "text/plain"}, id="mime_type"),
    pytest.param({}, {"content": "čaj"}, id="content as text"),
    pytest.param({}, {"content": "čaj".encode()}, id="content as bytes"),
    pytest.param({}, {"attachment": True}, id="attachment"),
    pytest.param({"attachment": False}, {"attachment": False}, id="inline"),
    pytest.param(
        {},
        {"basename": "menü.txt", "mime_type": "text/plain", "content": "čaj", "attachment": True},
        id="all",
    ),
]


@pytest.mark.parametrize(("arguments", "assertions"), TRUE)
def test_what_is_true_passes(arguments: dict[str, Any], assertions: dict[str, Any]) -> None:
    """Each assertion passes where it holds."""
    assert_download_response(CASE, response(**arguments), **assertions)


FALSE: list[Any] = [
    pytest.param({}, {"basename": "menu.txt"}, "'menü.txt' != 'menu.txt'", id="basename"),
    pytest.param({}, {"content_type": "text/plain"}, "charset=utf-8' != 'text/plain'", id="content_type"),
    pytest.param({}, {"mime_type": "text/csv"}, "'text/plain' != 'text/csv'", id="mime_type"),
    pytest.param({}, {"mime_type": "text/pl"}, "'text/plain' != 'text/pl'", id="beginning of mime_type"),
    pytest.param({}, {"content": "tee"}, r"aj' != b'tee'", id="content"),
    pytest.param({}, {"content": b""}, r"aj' != b''", id="no content"),
    pytest.param({}, {"attachment": False}, "'attachment' != 'inline'", id="attachment"),
    pytest.param({"attachment": False}, {"attachment": True}, "'inline' != 'attachment'", id="inline"),
]


@pytest.mark.parametrize(("arguments", "assertions", "message"), FALSE)
def test_what_is_false_fails(arguments: dict[str, Any], assertions: dict[str, Any], message: str) -> None:
    """Each assertion fails where it does not hold, and says what there is and what was expected."""
    with pytest.raises(AssertionError, match=message):
        assert_download_response(CASE, response(**arguments), **assertions)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        pytest.param(HttpResponse("a page"), "Content-Disposition is ''", id="page"),
        pytest.param(HttpResponse(status=404), "not the answer of a download", id="404"),
        pytest.param(HttpResponseRedirect("/"), "not the answer of a download", id="redirect"),
    ],
)
def test_another_answer_is_no_download(other: HttpResponse, message: str) -> None:
    """What delivers no file fails, whatever is asserted beside that."""
    with pytest.raises(AssertionError, match=message):
        assert_download_response(CASE, other)


def test_a_part_is_a_download() -> None:
    """An answer to a range is one, too."""
    request = RequestFactory().get("/", headers={"Range": "bytes=1-2"})
    part = download(request, b"0123", basename="a.bin")
    assert_download_response(CASE, part, basename="a.bin", content=b"12")


def test_a_response_of_djangos_is_a_download() -> None:
    """What is asserted is what the client gets, whoever made it."""
    made = FileResponse(ContentFile(b"tea", name="čaj.bin"), as_attachment=True)
    assert_download_response(CASE, made, basename="čaj.bin", content=b"tea", attachment=True)


def test_a_page_with_a_name_is_a_download() -> None:
    """A file that is not streamed is one all the same."""
    made = HttpResponse("a;b", content_type="text/csv", headers={"Content-Disposition": "attachment"})
    assert_download_response(CASE, made, content="a;b", basename="", mime_type="text/csv", attachment=True)


def test_setup_view_gives_what_as_view_does() -> None:
    """A view that was set up has its request and the arguments of its URL, so its hooks can be called."""
    request = RequestFactory().get("/")
    view = setup_view(PathDownloadView(root="/srv/media"), request, "positional", path="a.txt")
    assert isinstance(view, PathDownloadView)
    assert (view.request, view.args, view.kwargs) == (request, ("positional",), {"path": "a.txt"})
    assert view.get_path() == "a.txt"


def test_setup_view_makes_a_view_that_answers() -> None:
    """And it can answer."""

    class Made(VirtualDownloadView):
        def get_file(self) -> ContentFile[str]:
            return ContentFile("made", name="made.txt")

    view = setup_view(Made(), RequestFactory().get("/"))
    assert_download_response(CASE, view.get(view.request), basename="made.txt", content="made")


def put() -> Path:
    """Store a file, and return where it is."""
    return Path(default_storage.path(default_storage.save("stored.txt", ContentFile(b"stored"))))


def test_a_media_root_for_a_while() -> None:
    """Inside, there is an empty directory to store files in; outside, nothing is left of it."""
    before = settings.MEDIA_ROOT
    with temporary_media_root():
        root = Path(settings.MEDIA_ROOT)
        assert list(root.iterdir()) == []
        assert put().parent == root
    assert before == settings.MEDIA_ROOT
    assert not root.exists()


def test_a_media_root_with_other_settings() -> None:
    """Further settings are overridden along with it."""
    with temporary_media_root(MEDIA_URL="/elsewhere/"):
        assert settings.MEDIA_URL == "/elsewhere/"
    assert settings.MEDIA_URL != "/elsewhere/"


def test_a_media_root_inside_another() -> None:
    """The inner one ends without the outer one."""
    with temporary_media_root():
        outer = put()
        with temporary_media_root():
            inner = put()
            assert inner.parent != outer.parent
        assert outer.exists()
        assert not inner.exists()
        assert outer.parent == Path(settings.MEDIA_ROOT)
    assert not outer.parent.exists()


def test_a_media_root_ends_with_an_error() -> None:
    """Nothing is left behind by a test that fails."""
    before, roots = settings.MEDIA_ROOT, []

    @temporary_media_root()
    def failing() -> None:
        roots.append(put().parent)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert before == settings.MEDIA_ROOT
    assert not roots[0].exists()


@temporary_media_root()
def stored() -> Path:
    """Store a file in a function with a directory of its own."""
    return put()


def test_a_media_root_for_a_function() -> None:
    """Each call of a decorated function has its own directory, which ends with it."""
    first, second = stored(), stored()
    assert first.parent != second.parent
    assert not first.parent.exists()
    assert not second.parent.exists()


@temporary_media_root()
async def astored() -> Path:
    """Do the same on an event loop."""
    return put()


async def test_a_media_root_for_an_async_function() -> None:
    """The directory is there as long as the function runs, and not only until it is called."""
    path = await astored()
    assert not path.parent.exists()


def run(case: type[unittest.TestCase]) -> list[str]:
    """Run the tests of a case, and return what went wrong."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.testsRun
    return [message for _, message in (*result.failures, *result.errors)]


class Roots:
    """What the tests of a case have seen."""

    def __init__(self) -> None:
        self.seen: list[Path] = []


def storing_case(base: type[unittest.TestCase], roots: Roots, **options: Any) -> Any:
    """Make a case with two tests that store a file."""

    class Storing(base):  # type: ignore[valid-type, misc]  # either kind
        @classmethod
        def setUpClass(cls) -> None:
            super().setUpClass()
            roots.seen.append(put().parent)

        def test_one(self) -> None:
            roots.seen.append(put().parent)

        def test_other(self) -> None:
            roots.seen.append(put().parent)

    return temporary_media_root(**options)(Storing)


BASES = pytest.mark.parametrize("base", [unittest.TestCase, SimpleTestCase])


@BASES
def test_a_media_root_for_a_case(base: type[unittest.TestCase]) -> None:
    """All of a decorated case happens in one directory, which ends with the case."""
    before, roots = settings.MEDIA_ROOT, Roots()
    assert run(storing_case(base, roots)) == []
    assert before == settings.MEDIA_ROOT
    assert len(roots.seen) == 3
    (root,) = set(roots.seen)
    assert root != Path(before)
    assert not root.exists()


@BASES
def test_a_media_root_for_a_case_with_other_settings(base: type[unittest.TestCase]) -> None:
    """Further settings hold in the case, too."""

    class Overriding(storing_case(base, Roots(), MEDIA_URL="/elsewhere/")):  # type: ignore[misc]
        def test_settings(self) -> None:
            assert settings.MEDIA_URL == "/elsewhere/"

    assert run(Overriding) == []
    assert settings.MEDIA_URL != "/elsewhere/"


def test_a_case_derived_from_a_decorated_one() -> None:
    """Each case has a directory of its own, also one that inherits, and one that is decorated again."""
    roots = Roots()
    base = storing_case(SimpleTestCase, roots)
    derived = type("Derived", (base,), {})
    again = temporary_media_root()(type("Again", (base,), {}))
    for case in (base, derived, again, base):
        assert run(case) == []
    assert len(set(roots.seen)) == 4
    assert not any(root.exists() for root in roots.seen)


@override_settings(MEDIA_URL="/of-the-case/")
@temporary_media_root()
class DecoratedTest(SimpleTestCase):
    """A case under other decorators."""

    def test_both_decorators_count(self) -> None:
        """The directory is there, and so is the other setting."""
        assert settings.MEDIA_URL == "/of-the-case/"
        assert Path(settings.MEDIA_ROOT).name.startswith("downloadable-")


@temporary_media_root()
class WithDataTest(TestCase):
    """A case whose files are made once for all its tests."""

    stored: Path

    @classmethod
    def setUpTestData(cls) -> None:
        cls.stored = put()

    def test_data_is_in_the_directory(self) -> None:
        """What is stored for the whole case is there in each test."""
        assert self.stored.parent == Path(settings.MEDIA_ROOT)
        assert self.stored.read_bytes() == b"stored"


def test_a_request_is_not_needed() -> None:
    """The helpers take any response, with or without a request."""
    request: HttpRequest = RequestFactory().get("/")
    for made in (response(), download(request, b"", basename="a.txt")):
        assert_download_response(CASE, made)
