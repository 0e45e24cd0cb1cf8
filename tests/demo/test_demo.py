"""The demo, through Django's test client."""

from __future__ import annotations

import re
import socket
import struct
import subprocess
import sys
import wave
import zlib
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.test import Client, override_settings
from django.urls import URLPattern

from downloadable.domain import Disposition
from tests.demo.expected import ALLOWED, EXPECTED, REFUSED, TOKEN, Expected
from tests.demo.page import CurlLines, Page

RUN = Path(__file__).parents[2] / "demo/run.py"

CONDITIONS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}

each_download = pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected.url)


@pytest.fixture(scope="module")
def media_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The settings and the files of the demo, and its origin on a port of its own."""
    var = tmp_path_factory.mktemp("var")
    with (
        ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler) as origin,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("DEMO_VAR", str(var))
        environment.setenv("DEMO_MIB", "2")
        environment.setenv("DEMO_ORIGIN", f"http://127.0.0.1:{origin.server_port}")
        from demo import samples, settings as demo_settings

        names = ("ALLOWED_HOSTS", "DOWNLOADABLE", "MEDIA_ROOT", "MIDDLEWARE", "ROOT_URLCONF", "TEMPLATES")
        with override_settings(**{name: getattr(demo_settings, name) for name in names}):
            samples.make_files()
            origin.set_app(WSGIHandler())
            serving = Thread(target=origin.serve_forever)
            serving.start()
            try:
                yield Path(settings.MEDIA_ROOT)
            finally:
                origin.shutdown()
                serving.join()
            from demo import urls

            urls.origin.close()


@pytest.fixture
def client(media_root: Path, db: None) -> Client:
    """A client of the demo, whose database has its row."""
    from demo.samples import make_document

    make_document()
    return Client(SERVER_NAME="127.0.0.1")


@pytest.fixture
def page(client: Client) -> Page:
    """The page that lists the downloads."""
    return Page(client.get("/").content.decode())


@each_download
def test_download_answers_in_full(expected: Expected, client: Client, media_root: Path) -> None:
    """Each download has its name, its type and its bytes."""
    assert_answers(client.get(expected.url), expected, media_root)


def test_token_lets_in(client: Client, media_root: Path) -> None:
    """A client with the token gets what others are refused."""
    assert_answers(client.get(ALLOWED.url, headers=TOKEN), ALLOWED, media_root)


def assert_answers(response: Any, expected: Expected, media_root: Path) -> None:
    """Hold a whole answer against what is expected."""
    body = expected.body(media_root)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == expected.media_type
    assert Disposition.parse(response.headers["Content-Disposition"]) == Disposition(
        expected.disposition, expected.name
    )
    assert response.headers["Accept-Ranges"] == ("bytes" if expected.seekable else "none")
    if expected.seekable:
        assert response.headers["Content-Length"] == str(len(body))
    received = response.getvalue()
    assert len(received) == len(body)
    assert received == body, "The bytes differ."


@each_download
def test_download_answers_a_range(expected: Expected, client: Client, media_root: Path) -> None:
    """A range is a part of the whole; what is made while it is sent has no parts."""
    response: Any = client.get(expected.url, headers={"Range": "bytes=10-99"})
    body = expected.body(media_root)
    assert response.status_code == (206 if expected.seekable else 200)
    assert response.getvalue() == (body[10:100] if expected.seekable else body)


@each_download
def test_download_answers_a_condition(expected: Expected, client: Client) -> None:
    """What has a validator is not sent again to whoever has it."""
    headers = client.head(expected.url).headers
    assert [name for name in CONDITIONS if name in headers][:1] == expected.validators
    for name in expected.validators:
        assert client.get(expected.url, headers={CONDITIONS[name]: headers[name]}).status_code == 304


@pytest.mark.parametrize(("url", "status"), REFUSED)
def test_refused_download(url: str, status: int, client: Client) -> None:
    """What may not be had, or is not there, is refused."""
    assert client.get(url).status_code == status


def test_model_source_spares_a_look(client: Client) -> None:
    """With the facts of the row, a 304 does not need the file."""
    from demo.models import Document

    response = client.head("/model/1")
    document = Document.objects.get(pk=1)
    document.file.delete(save=False)
    assert response.headers["ETag"] == f'"{document.sha256}"'
    again = client.get("/model/1", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_page_lists_each_download(page: Page) -> None:
    """The page links to each download that is expected here, and to no other."""
    links = {link for link in page.links if not link.startswith("#")}
    assert links == {expected.url for expected in EXPECTED} | {url for url, _ in REFUSED}


def test_page_lists_each_url_pattern(client: Client) -> None:
    """No view of the demo is forgotten on its page."""
    from demo.catalogue import CATALOGUE
    from demo.urls import urlpatterns

    views = [pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)]
    listed = {download.view for downloads in CATALOGUE.values() for download in downloads}
    # The last is for the demo itself, which fetches some of its downloads from there.
    assert listed | {"index", "plain"} == {view.name for view in views}


def test_curl_lines_say_what_is_answered(page: Page, client: Client) -> None:
    """Each curl line of the page gets the status that stands beside it."""
    answered = {}
    for lines in page.curl_lines:
        with closing(client.get(lines.path, headers=fields_of(lines))) as response:
            answered[lines] = response.status_code
    assert answered == {lines: lines.status for lines in page.curl_lines}


def fields_of(lines: CurlLines) -> dict[str, str]:
    """The header fields that curl sends for the options of the last command."""
    words = lines.commands[-1]
    fields = dict(value.split(": ", 1) for option, value in pairwise(words) if option == "-H")
    if "-r" in words:
        fields["Range"] = f"bytes={words[words.index('-r') + 1]}"
    if "-C" in words:
        fields["Range"] = f"bytes={1024 * 1024}-"
    return fields


def test_curl_lines_show_each_kind_of_request(page: Page) -> None:
    """The large file is fetched in every way there is: whole, on a condition, in parts, resumed."""
    options = [
        " ".join(lines.commands[-1][1:-1])
        for lines in page.curl_lines
        if lines.url == "http://127.0.0.1/local/random.bin"
    ]
    assert len(options) == 5
    for option in ("-OJ", "If-None-Match", "-r 0-99 ", "-r 0-99,5000-5099", "-C -"):
        assert any(option in given for given in options)


def test_page_stands_alone(page: Page) -> None:
    """The page loads nothing and runs nothing."""
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "iframe", "object", "embed"})
    loaded = [fields["href"] for tag, fields in page.elements if tag == "link"]
    assert loaded == ["data:,"]


def test_page_can_be_read_by_everybody(page: Page) -> None:
    """The page names its language, fits a phone, has one tree of headings, and no label or link leads nowhere."""
    elements = page.elements
    assert ("html", {"lang": "en"}) in elements
    assert any(tag == "meta" and fields.get("name") == "viewport" for tag, fields in elements)
    levels = [int(tag[1]) for tag, _ in elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [fields["id"] for _, fields in elements if "id" in fields]
    assert len(ids) == len(set(ids))
    named = {fields["aria-labelledby"] for _, fields in elements if "aria-labelledby" in fields}
    assert named | {link.removeprefix("#") for link in page.links if link.startswith("#")} == set(ids)


def test_samples_are_made_once(media_root: Path) -> None:
    """What is there already stays as it is, and nothing is left half made."""
    from demo.samples import make_files

    def times() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in media_root.iterdir() if path.is_file()}

    before = times()
    make_files()
    assert times() == before
    assert len(before) == 6
    assert not any(name.startswith(".") for name in before)


def test_document_is_made_once(client: Client) -> None:
    """One row is enough, however often the demo starts."""
    from demo.models import Document
    from demo.samples import make_document

    make_document()
    assert Document.objects.count() == 1


def test_binary_has_its_size(media_root: Path) -> None:
    """The large sample has the size that was asked for, and no two of its MiB are equal."""
    binary = (media_root / "random.bin").read_bytes()
    assert len(binary) == 2 * 1024 * 1024
    assert binary[: 1024 * 1024] != binary[1024 * 1024 :]


def test_image_is_a_png(media_root: Path) -> None:
    """The image has the signature, the chunks and the checksums of a PNG, and all of its pixels."""
    rest = (media_root / "sunset.png").read_bytes()
    assert rest[:8] == b"\x89PNG\r\n\x1a\n"
    rest, chunks = rest[8:], []
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        kind, body, checksum = rest[4:8], rest[8 : 8 + length], rest[8 + length : 12 + length]
        assert struct.pack(">I", zlib.crc32(kind + body)) == checksum
        chunks.append((kind, body))
        rest = rest[12 + length :]
    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, color, *_ = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, color) == (8, 2)
    assert len(zlib.decompress(chunks[1][1])) == height * (1 + 3 * width)


def test_document_is_a_pdf(media_root: Path) -> None:
    """The PDF ends with where its table is; the table says where each object begins; each stream has its length."""
    pdf = (media_root / "leaflet.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-1.4\n")
    ending = re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", pdf)
    assert ending is not None
    table = pdf[int(ending[1]) :]
    assert table.startswith(b"xref\n0 7\n0000000000 65535 f \n")
    places = re.findall(rb"(\d{10}) 00000 n \n", table)
    assert len(places) == 6
    for number, place in enumerate(places, start=1):
        assert pdf[int(place) :].startswith(b"%d 0 obj\n" % number)
    stream = re.search(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", pdf, re.DOTALL)
    assert stream is not None
    assert int(stream[1]) == len(stream[2])


def test_sound_is_a_wav(media_root: Path) -> None:
    """The sound lasts two seconds and is not silence."""
    with wave.open(str(media_root / "tone.wav")) as sound:
        assert sound.getnframes() == 2 * sound.getframerate()
        assert len(set(sound.readframes(1000))) > 50


def test_archive_is_a_zip(media_root: Path) -> None:
    """The archive can be unpacked."""
    with ZipFile(media_root / "archive.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["inside/poem.txt"]


def run_with(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the demo where it should end by itself."""
    return subprocess.run(
        [sys.executable, RUN],
        env={"DEMO_VAR": str(tmp_path / "var"), **environment},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("server", ["wsgi", "uvicorn"])
def test_port_in_use_is_one_sentence(server: str, tmp_path: Path) -> None:
    """Where somebody listens already, the demo says so in one line, and makes nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run_with(tmp_path, PORT=port, SERVER=server)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"Cannot listen on port {port} (")
    assert done.stderr.endswith("make demo PORT=8001\n")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("port", ["http", "65536", "-1", ""])
def test_impossible_port_is_one_sentence(port: str, tmp_path: Path) -> None:
    """What is no port is told in one line, too."""
    done = run_with(tmp_path, PORT=port)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Cannot listen on port {port} (")
    assert done.stderr.count("\n") == 1


def test_unknown_server_is_one_sentence(tmp_path: Path) -> None:
    """The servers that there are are named to whoever asks for another."""
    done = run_with(tmp_path, SERVER="apache")
    assert done.returncode == 1
    assert done.stderr == "There is no SERVER=apache, but wsgi and uvicorn.\n"
