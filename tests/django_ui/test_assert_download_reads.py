"""How ``assert_download`` says what differs, and what it does with the response."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import (
    AsyncClient,
    AsyncRequestFactory,
    Client,
    RequestFactory,
    SimpleTestCase,
    override_settings,
)
from django.urls import path

from downloadable import (
    Apache,
    DownloadResponse,
    Lighttpd,
    MemorySource,
    Nginx,
    adownload,
    assert_download,
    delegated_to,
    download,
    download_view,
    downloads_handed_over_to,
)
from downloadable.django_ui.asserting.differing import first_difference, how_they_differ

LARGE = bytes(range(256)) * 1500  # more than is read before the answer is returned
FILES = {"small.txt": b"abc", "large.bin": LARGE, "empty.bin": b"", "in parts.bin": LARGE}


async def counted(request: HttpRequest) -> HttpResponseBase:
    """Serve what an event loop makes."""

    async def numbers() -> AsyncIterator[str]:
        for number in range(3):
            yield f"{number}\n"

    return await adownload(request, numbers(), basename="numbers.txt")


async def forever() -> AsyncIterator[bytes]:
    """Yield without end."""
    while True:
        yield b"abc\n"


async def endless(request: HttpRequest) -> HttpResponseBase:
    """Serve what never ends."""
    return StreamingHttpResponse(forever(), headers={"Content-Disposition": "attachment"})


urlpatterns = [
    path("numbers.txt", counted),
    path("endless.txt", endless),
    path("<path:path>", download_view(MemorySource(FILES))),
]


ASKED: list[Any] = [
    ("/small.txt", {}, {"content": b"abc", "basename": "small.txt", "size": 3}),
    ("/large.bin", {}, {"content": LARGE, "size": len(LARGE)}),
    ("/empty.bin", {}, {"content": b"", "size": 0}),
    ("/numbers.txt", {}, {"content": "0\n1\n2\n"}),
    ("/large.bin", {"Range": "bytes=1000-200000"}, {"content": LARGE, "range": (1000, 200_001)}),
    (
        "/large.bin",
        {"Range": "bytes=7-99,1000-200000"},
        {"content": LARGE, "range": [(7, 100), (1000, 200_001)]},
    ),
    ("/small.txt", {"If-None-Match": "*"}, {"status": 304, "entity_tag": True}),
    ("/small.txt", {"Range": "bytes=9-"}, {"status": 416, "size": 3}),
]


@override_settings(ROOT_URLCONF=__name__)
class ClientsTest(SimpleTestCase):
    """Both clients of Django, in tests of both colours."""

    def test_what_is_true_passes_in_a_synchronous_test(self) -> None:
        """Whole, in parts, not modified, not satisfiable; from memory, a thread and a loop."""
        for url, fields, expected in ASKED:
            with self.subTest(url, **fields):
                assert_download(self.client.get(url, headers=fields), **expected)

    async def test_what_is_true_passes_in_an_asynchronous_test(self) -> None:
        """The same, although the test's own loop is waiting meanwhile."""
        for url, fields, expected in ASKED:
            with self.subTest(url, **fields):
                assert_download(await self.async_client.get(url, headers=fields), **expected)

    def test_what_is_false_fails_in_a_synchronous_test(self) -> None:
        """The body is really compared, and the message tells what was asked for."""
        with pytest.raises(AssertionError, match=r"expected \(GET /large.bin\?a=b\)\.\n  .*byte 0"):
            assert_download(self.client.get("/large.bin?a=b"), content=b"else")

    async def test_what_is_false_fails_in_an_asynchronous_test(self) -> None:
        """There, too."""
        with pytest.raises(AssertionError, match=r"expected \(GET /large.bin\)\.\n  .*byte 0"):
            assert_download(await self.async_client.get("/large.bin"), content=b"else")

    async def test_what_has_no_end_fails_in_an_asynchronous_test(self) -> None:
        """Nobody waits for an end that does not come."""
        response = await self.async_client.get("/endless.txt")
        with pytest.raises(AssertionError, match="more than 65539 bytes, 4 expected"):
            assert_download(response, content=b"abc\n")
        assert response.closed

    def test_the_client_knows_what_answers_head(self) -> None:
        """Whoever made the response."""
        response = self.client.head("/small.txt")
        assert_download(response, size=3, basename="small.txt")
        with pytest.raises(AssertionError, match="this answers HEAD"):
            assert_download(response, content=b"abc")

    def test_what_answers_head_has_no_parts(self) -> None:
        """Nothing of it can be compared, however it is announced."""
        for kind, content_range in (("multipart/byteranges; boundary=b", ""), ("a/b", "bytes 0-1/3")):
            response = self.client.head("/small.txt")
            response.status_code = 206
            response["Content-Type"], response["Content-Range"] = kind, content_range or "bytes 0-0/1"
            with self.subTest(kind), pytest.raises(AssertionError, match="this answers HEAD"):
                assert_download(response, status=206, content=b"abc")


def test_everything_that_differs_is_in_one_block() -> None:
    """Status, name, type, length and content: nobody has to run the test once for each."""
    response = download(RequestFactory().get("/"), "tea;3\ncrème;4\n", basename="preise.csv")
    with pytest.raises(AssertionError) as caught:
        assert_download(
            response,
            content="tea;3\ncreme;4 \n",
            basename="Preise für Ada.csv",
            content_type="text/plain",
            attachment=False,
            entity_tag=False,
            size=20,
        )
    assert str(caught.value) == inspect.cleandoc(
        """
        This is not the download that was expected.
          entity_tag: '"TAG"', but none was expected
          basename: 'preise.csv', not 'Preise für Ada.csv'; sent as 'attachment; filename="preise.csv"'
          attachment: the file is sent as 'attachment', not as 'inline'
          content_type: 'text/csv; charset=utf-8', not 'text/plain'
          size: the client is told 15, not 20
          content: 15 bytes, 15 expected; the first difference is at byte 8, line 2, column 3 (- sent, + expected):
                'tea;3\\n'
              - 'crème;4\\n'
              + 'creme;4 \\n'
        """
    ).replace("TAG", response["ETag"].strip('"'))


def test_what_is_no_text_is_shown_in_hexadecimal() -> None:
    """Some rows around the first difference, of both."""
    sent = bytes(range(256)) * 4000
    lines = how_they_differ(sent, sent[:70] + b"\xff" + sent[71:])
    assert lines[0] == "the first difference is at byte 70:"
    assert lines[1:3] == [
        "  sent",
        "    00000030  30 31 32 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?",
    ]
    assert "    00000040  40 41 42 43 44 45 ff 47 48 49 4a 4b 4c 4d 4e 4f  @ABCDE.GHIJKLMNO" in lines
    assert len(lines) == 11


DIFFERENCES: list[Any] = [
    pytest.param(b"", b"a", ["  - (it ends here)", "  + 'a'"], id="nothing"),
    pytest.param(b"a\n", b"a\nb", ["    'a\\n'", "  - (it ends here)", "  + 'b'"], id="a line less"),
    pytest.param(b"a\r\nb", b"a\nb", ["  - 'a\\r\\n'", "  - 'b'", "  + 'a\\n'", "  + 'b'"], id="line ends"),
    pytest.param("è".encode(), "é".encode(), ["  - 'è'", "  + 'é'"], id="half a character"),
    pytest.param(
        b"\xff",
        b"",
        [
            "  sent",
            "    00000000  ff                                               .",
            "    00000001  (it ends here)",
            "  expected",
            "    00000000  (it ends here)",
        ],
        id="binary and nothing",
    ),
    pytest.param(
        b"x" * 10_000 + b"y" * 10_000,
        b"x" * 10_000 + b"z",
        ["  …", f"  - {'x' * 50 + 'y' * 50!r}…", f"  + {'x' * 50 + 'z'!r}"],
        id="long lines",
    ),
    pytest.param(
        b"x" * 60 + "è".encode() * 60 + b"y",
        b"x" * 60 + "è".encode() * 60 + b"z",
        ["  …", f"  - {'è' * 25 + 'y'!r}", f"  + {'è' * 25 + 'z'!r}"],
        id="long lines of long characters",
    ),
    pytest.param(
        b"x" + "è".encode() * 60 + b"y",
        b"x" + "è".encode() * 60 + b"z",
        ["  …", f"  - {'è' * 25 + 'y'!r}", f"  + {'è' * 25 + 'z'!r}"],
        id="long lines of long characters from the beginning",
    ),
    pytest.param(
        b"a" * 121 + "è".encode() * 24 + b"xy",
        b"a" * 121 + "è".encode() * 24 + b"xz",
        ["  …", f"  - {'a' + 'è' * 24 + 'xy'!r}", f"  + {'a' + 'è' * 24 + 'xz'!r}"],
        id="long lines of characters of both lengths",
    ),
    pytest.param(
        "è".encode() * 60 + b"xy",
        "è".encode() * 60 + b"xz",
        ["  …", f"  - {'è' * 24 + 'xy'!r}", f"  + {'è' * 24 + 'xz'!r}"],
        id="a long line that is not cut within a character",
    ),
    pytest.param(
        b"a" * 120 + b"\nb", b"a" * 120 + b"\nc", ["  …", "  - 'b'", "  + 'c'"], id="after a long line"
    ),
    pytest.param(
        b"a\n" * 9999 + b"b\n" * 9999,
        b"a\n" * 9999,
        ["  …", "    'a\\n'", *6 * ["  - 'b\\n'"], "  - …", "  + (it ends here)"],
        id="many lines",
    ),
]


@pytest.mark.parametrize(("sent", "expected", "lines"), DIFFERENCES)
def test_the_surroundings_of_the_difference_are_shown(sent: bytes, expected: bytes, lines: list[str]) -> None:
    """A few lines, with all that cannot be seen spelled; never more than fits a screen."""
    assert how_they_differ(sent, expected)[1:] == lines


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_the_first_difference_is_found_wherever_it_is(length: int) -> None:
    """At the edges of what is compared at once, and where one of them ends."""
    same = b"s" * length
    assert first_difference(same + b"a" + same, same + b"b" + same) == length
    assert first_difference(same, same + b"b") == length
    assert first_difference(same + b"a", same) == length
    assert first_difference(same, bytes(same)) is None


def test_what_is_read_is_closed() -> None:
    """Whoever serves the content is told that it ended."""
    response = download(RequestFactory().get("/"), LARGE, basename="a.bin")
    assert_download(response, content=LARGE)
    assert response.closed


def test_what_is_not_read_stays_open() -> None:
    """A test may go on to read it."""
    response = download(RequestFactory().get("/"), LARGE, basename="a.bin")
    assert_download(response, size=len(LARGE), basename="a.bin")
    assert not response.closed
    assert_download(response, content=LARGE)


def test_closing_leaves_the_connections_of_the_test_alone() -> None:
    """Nor is the signal changed that would close them elsewhere."""
    request_finished.connect(close_old_connections)
    try:
        assert_download(download(RequestFactory().get("/"), LARGE, basename="a.bin"), content=LARGE)
        assert request_finished.disconnect(close_old_connections)
    finally:
        request_finished.disconnect(close_old_connections)


async def test_a_response_of_an_async_view_is_read_and_closed() -> None:
    """In an asynchronous test that has called the view itself."""
    response = await counted(AsyncRequestFactory().get("/"))
    assert_download(response, content="0\n1\n2\n", basename="numbers.txt")
    assert response.closed


def test_a_response_of_an_async_view_is_read_in_a_synchronous_test() -> None:
    """Where no loop runs, one is made."""
    response = async_to_sync(counted)(AsyncRequestFactory().get("/"))
    assert_download(response, content="0\n1\n2\n", basename="numbers.txt")


class Zeros:
    """Without end, and without anything to close."""

    def __aiter__(self) -> Zeros:
        return self

    async def __anext__(self) -> bytes:
        return b"0"


def test_what_cannot_be_closed_is_left() -> None:
    """An iterator of somebody else's need not be a generator."""
    response = StreamingHttpResponse(Zeros(), headers={"Content-Disposition": "attachment"})
    with pytest.raises(AssertionError, match="more than 65535 bytes, 0 expected"):
        assert_download(response, content=b"")


def test_a_response_that_was_built_by_hand_is_a_download() -> None:
    """Whatever view has made it."""
    assert_download(DownloadResponse(b"abc", basename="a.txt"), content=b"abc", basename="a.txt")


def test_content_may_be_in_a_file(tmp_path: Path) -> None:
    """The path stands for what the file has."""
    file = tmp_path / "a.txt"
    file.write_bytes(b"abc")
    assert_download(download(RequestFactory().get("/"), file), content=file)
    other = tmp_path / "b.txt"
    other.write_bytes(b"x")
    with pytest.raises(AssertionError, match="content: 3 bytes, 1 expected"):
        assert_download(download(RequestFactory().get("/"), file), content=other)


def sent_by(delegate: Any, file: Path) -> HttpResponseBase:
    """Return the answer of a view whose file *delegate* sends."""
    response: HttpResponseBase = delegated_to(delegate)(download)(RequestFactory().get("/"), file)
    return response


def test_what_is_handed_over_is_named_as_it_is_sent(tmp_path: Path) -> None:
    """The target of each kind of server."""
    file = tmp_path / "a b.txt"
    file.write_bytes(b"abc")
    assert_download(
        sent_by(Nginx({tmp_path: "/p/"}), file), handed_over_to="/p/a%20b.txt", basename="a b.txt"
    )
    assert_download(sent_by(Apache([tmp_path]), file), handed_over_to=str(file), entity_tag=True)
    assert_download(sent_by(Lighttpd([tmp_path]), file), handed_over_to=True, content_type="text/plain")
    with pytest.raises(AssertionError, match=r"'/p/a%20b\.txt', not '/p/a b\.txt'"):
        assert_download(sent_by(Nginx({tmp_path: "/p/"}), file), handed_over_to="/p/a b.txt")


IMPOSSIBLE: list[Any] = [
    ({"status": 404}, "status=404 is not one of a download"),
    ({"status": 200, "range": (0, 1)}, "range= goes with status 206, not 200"),
    ({"status": 302}, "say handed_over_to="),
    ({"status": 302, "handed_over_to": False}, "say handed_over_to="),
    ({"handed_over_to": "/p/a", "content": b""}, "neither content nor range here"),
    ({"handed_over_to": "/p/a", "range": (0, 1)}, "neither content nor range here"),
    ({"handed_over_to": "/p/a", "status": 304}, "neither content nor range here"),
    ({"handed_over_to": ""}, "names nobody"),
    ({"handed_over_to": "https://s3/a", "status": 302, "basename": "a"}, "status 302 delivers nothing"),
    ({"status": 304, "content": b"abc"}, "status 304 delivers nothing"),
    ({"status": 412, "basename": "a"}, "status 412 delivers nothing"),
    ({"status": 416, "attachment": False}, "status 416 delivers nothing"),
    ({"range": (3, 3)}, r"range=\(3, 3\) must be"),
    ({"range": (-3, 3)}, r"range=\(-3, 3\) must be"),
    ({"range": [(0, 1), (3, 2)]}, "must be"),
    ({"range": []}, "must be"),
]


@pytest.mark.parametrize(("expected", "message"), IMPOSSIBLE)
def test_what_no_response_could_be_like_is_refused(expected: dict[str, Any], message: str) -> None:
    """A mistake of the test is no failure of the download, and never a pass."""
    with pytest.raises(ValueError, match=message):
        assert_download(download(RequestFactory().get("/"), b"abc", basename="a.txt"), **expected)


def test_what_is_no_response_is_refused() -> None:
    """Such as what has yet to be awaited, with a word about that."""
    answer = counted(AsyncRequestFactory().get("/"))
    with pytest.raises(TypeError, match=r"not 'coroutine'. Was it awaited\?"):
        assert_download(answer)
    answer.close()


@override_settings(ROOT_URLCONF="tests.django_ui.test_assert_download_reads")
class HandedOverTest(SimpleTestCase):
    """``downloads_handed_over_to`` in its three shapes."""

    def ask(self, file: Path) -> Any:
        def view(request: HttpRequest) -> HttpResponseBase:
            return download(request, file)

        with override_settings(ROOT_URLCONF=type("Urls", (), {"urlpatterns": [path("", view)]})):
            return Client().get("/")

    def test_for_a_while(self) -> None:
        """Whoever is given is offered what a client asks for, in place of whoever was; afterwards all is as before."""
        here = Path(__file__)
        with downloads_handed_over_to(Nginx({here.parent: "/p/"})):
            assert_download(self.ask(here), handed_over_to=f"/p/{here.name}")
            with downloads_handed_over_to(Apache([here.parent])):
                assert_download(self.ask(here), handed_over_to=str(here))
            with downloads_handed_over_to():
                assert_download(self.ask(here), handed_over_to=False)
        assert_download(self.ask(here), handed_over_to=False)

    @override_settings(MIDDLEWARE=["downloadable.DownloadMiddleware"])
    def test_beside_the_middleware_of_the_site(self) -> None:
        """It is not there twice."""
        here = Path(__file__)
        with downloads_handed_over_to(Nginx({here.parent: "/p/"})) as _:
            from django.conf import settings

            assert settings.MIDDLEWARE == ["downloadable.DownloadMiddleware"]
            assert_download(self.ask(here), handed_over_to=f"/p/{here.name}")

    @downloads_handed_over_to(Nginx({Path(__file__).parent: "/p/"}))
    def test_for_a_test(self) -> None:
        """As its decorator."""
        assert_download(self.ask(Path(__file__)), handed_over_to=True)

    def test_what_is_no_delegate_is_refused(self) -> None:
        """Such as a class of one."""
        with pytest.raises(TypeError, match="is not a delegate"):
            downloads_handed_over_to(Nginx)  # type: ignore[arg-type]


@downloads_handed_over_to(Nginx({Path(__file__).parent: "/p/"}))
class HandedOverCaseTest(HandedOverTest):
    """And as the decorator of a case."""

    def test_for_a_case(self) -> None:
        """It holds in each of its tests."""
        assert_download(self.ask(Path(__file__)), handed_over_to=True)

    def test_for_a_while(self) -> None:
        """Another may take its place."""
        with downloads_handed_over_to():
            assert_download(self.ask(Path(__file__)), handed_over_to=False)


def test_a_page_is_no_download_in_either_client() -> None:
    """The sentence of a refusal is part of the message."""

    def refusing(request: HttpRequest) -> HttpResponse:
        return HttpResponse("This link has expired.\n", status=403)

    urls = type("Urls", (), {"urlpatterns": [path("", refusing)]})
    with (
        override_settings(ROOT_URLCONF=urls),
        pytest.raises(AssertionError, match=r"it says 'This link has expired\.'"),
    ):
        assert_download(Client().get("/"))


async def test_a_client_of_ones_own_can_be_asynchronous() -> None:
    """Outside of Django's test cases, too."""
    with override_settings(ROOT_URLCONF=__name__):
        assert_download(await AsyncClient().get("/numbers.txt"), content="0\n1\n2\n")
