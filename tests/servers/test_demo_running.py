"""The demo with each server for Django, and behind each server in front."""

from __future__ import annotations

import hashlib
import http.client
import io
import signal
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from attrs import frozen

from tests.servers.demos import Demo, Listed, Visitor, running
from tests.servers.fronts import public_directory
from tests.servers.processes import until

LARGE = "A large file"
MIB = "12"
"""Of the large file: more than the inspector takes, and than any buffer."""


@frozen
class Setting:
    """
    How a demo is started.

    Args:
        large: How the inspector must begin when it says who sends a large file.

        remote: Who sends a document of another server.

        sign: What ends it in the end.

        dies: Name of the process that gets it, if that is not the demo itself.
    """

    server: str
    front: str
    large: str
    remote: str = "Django Django gave "
    sign: signal.Signals = signal.SIGTERM
    dies: str = ""

    @property
    def last(self) -> str:
        """What the demo says last."""
        return f"{self.dies} has ended by itself, with status -9.\n" if self.dies else "Stopped.\n"

    def end(self, demo: Demo) -> int:
        """End *demo*, and return its status."""
        ended = next((one for one in demo.processes() if self.dies and self.dies in one.name()), demo.process)
        ended.send_signal(self.sign)
        return demo.process.wait(timeout=30)


SETTINGS = [
    Setting("gunicorn", "", "gunicorn, by sendfile ", sign=signal.SIGINT),
    Setting("granian", "", "granian, by itself "),
    Setting("gunicorn", "nginx", "nginx ", "nginx ", sign=signal.SIGINT),
    Setting("uvicorn", "apache", "Apache "),
    Setting("granian", "lighttpd", "lighttpd ", sign=signal.SIGKILL, dies="lighttpd"),
    Setting("wsgi", "caddy", "Caddy ", sign=signal.SIGHUP),
]


@frozen
class Site:
    """A demo that runs, ada who has signed in, and what she sees."""

    setting: Setting
    demo: Demo
    ada: Visitor
    listed: Listed
    expiring: str

    def large(self) -> str:
        return f"/documents/{self.listed.titles[LARGE]}/file"


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """Where nobody may look, too; the samples are made once."""
    with public_directory() as directory:
        yield directory


@pytest.fixture(scope="module", params=SETTINGS, ids=lambda one: f"{one.server}-{one.front or 'alone'}")
def site(request: pytest.FixtureRequest, var: Path) -> Iterator[Site]:
    """The demo in each setting."""
    setting: Setting = request.param
    variables = {"SERVER": setting.server, "FRONT": setting.front, "DEMO_MIB": MIB}
    with running(var, **variables) as demo, Visitor(demo) as ada:
        listed = ada.sign_in("ada", "lovelace")
        yield Site(setting, demo, ada, listed, ada.link(listed.titles["Sunset"], 1))


def test_each_document_arrives(site: Site, subtests: pytest.Subtests) -> None:
    """What is downloaded has the hash that is listed, wherever it is kept."""
    assert len(site.listed.hashes) >= 8
    assert {"A sunset in a bucket", "A large file"} <= {
        title for title, document in site.listed.titles.items() if document in site.listed.hashes
    }
    for title, document in site.listed.titles.items():
        with subtests.test(title):
            answer = site.ada.get(f"/documents/{document}/file")
            assert answer.status_code == 200
            if document in site.listed.hashes:
                assert hashlib.sha256(answer.content).hexdigest() == site.listed.hashes[document]


def test_a_bucket_is_redirected_to_and_shown_from_here(site: Site) -> None:
    """Who downloads is sent to the store; a page shows what comes from its own site only."""
    document = site.listed.titles["A sunset in a bucket"]
    saved, shown = (site.ada.get(f"/documents/{document}/{how}") for how in ("file", "view"))
    assert [one.status_code for one in saved.history] == [302]
    assert not saved.url.startswith(site.demo.url)
    assert shown.url.startswith(site.demo.url)
    assert saved.content == shown.content


def test_a_range_is_a_part(site: Site) -> None:
    """A range of a large file is what lies there in it."""
    whole = (site.demo.var / "media/random.bin").read_bytes()
    answer = site.ada.get(site.large(), Range="bytes=5000000-5000099")
    assert answer.status_code == 206
    assert answer.content == whole[5_000_000:5_000_100]
    assert answer.headers["Content-Range"] == f"bytes 5000000-5000099/{len(whole)}"


def test_several_are_one_archive(site: Site) -> None:
    """Documents of a disk and of a bucket are packed into one archive, whose length is known."""
    titles = ["Sunset", "A sunset in a bucket", LARGE]
    wanted = [site.listed.titles[title] for title in titles]
    answer = site.ada.get(f"/documents/zip/?{'&'.join(f'pk={one}' for one in wanted)}")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        found = {hashlib.sha256(packed.read(name)).hexdigest() for name in packed.namelist()}
    assert found == {site.listed.hashes[one] for one in wanted}


def test_links_lead_to_the_front_and_expire(site: Site) -> None:
    """A link on a page is complete, opens without an account, and not for ever."""
    document = site.listed.titles["Sunset"]
    link = site.ada.link(document, 60)
    assert link.startswith(f"{site.demo.url}/shared/{document}/?")
    with Visitor(site.demo) as stranger:
        answer = stranger.get(link.removeprefix(site.demo.url))
        assert hashlib.sha256(answer.content).hexdigest() == site.listed.hashes[document]
        expired = site.expiring.removeprefix(site.demo.url)
        refused = until(lambda: stranger.get(expired), lambda one: one.status_code == 403)
    assert refused.status_code == 403
    assert "expired" in refused.text


def test_the_inspector_says_who_sent(site: Site) -> None:
    """The inspector names whoever sent a file, for each kind of request, and shows it."""
    large, remote = site.large(), f"/documents/{site.listed.titles['A tone from another server']}/file"
    bucket = f"/documents/{site.listed.titles['A sunset in a bucket']}/file"
    said = site.ada.sender(large)
    assert said.startswith(site.setting.large), said
    assert "bytes of a body arrived, and the inspector left then." in said
    assert site.ada.sender(remote).startswith(site.setting.remote)
    assert site.ada.sender(bucket).startswith("nobody here: the client is sent elsewhere ")
    assert "the store answered: 200, 1,599 bytes." in site.ada.sender(bucket)
    assert site.ada.sender(large, "HEAD").startswith("nobody ")
    assert site.ada.sender("/local/nothing.bin").startswith("Django Django gave ")
    part = site.ada.inspected(large, range="bytes=0-9")
    assert part.startswith("206 Partial Content ")
    assert "Body 10 bytes" in part


def test_the_inspector_asks_as_the_visitor(site: Site) -> None:
    """What somebody may not read, the inspector does not read for them."""
    with Visitor(site.demo) as ben:
        private = ben.sign_in("ben", "franklin").titles["Ben's diary"]
        assert ben.inspected(f"/documents/{private}/file").startswith("200 OK ")
    assert site.ada.inspected(f"/documents/{private}/file").startswith("404 Not Found")


def test_django_knows_who_asks(site: Site) -> None:
    """The address of a client, and the name by which it calls the site, come through the server in front."""
    cookies = "; ".join(f"{one.name}={one.value}" for one in site.ada.session.cookies)
    connection = http.client.HTTPConnection(
        "127.0.0.1", site.demo.port, timeout=30, source_address=("127.0.0.2", 0)
    )
    fields = {"Cookie": cookies, "Host": f"localhost:{site.demo.port}", "X-Forwarded-For": "192.0.2.1"}
    connection.request("GET", "/inspect/", headers=fields)
    page = connection.getresponse().read().decode()
    connection.close()
    assert f"Django takes you for 127.0.0.2, at http://localhost:{site.demo.port}." in page


def test_nothing_is_left(site: Site) -> None:
    """However it is ended, even while somebody downloads, no process, port or directory is left."""
    demo = site.demo
    processes, ports, directories = demo.processes(), demo.ports(), demo.directories()
    assert {demo.port} < ports
    assert [directory.is_dir() for directory in directories] == [True] * bool(site.setting.front)
    with socket.create_connection(("127.0.0.1", demo.port)) as client:
        client.sendall(b"GET /local/random.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        status = site.setting.end(demo)
    assert status == (1 if site.setting.dies else 0)
    assert demo.said()[-1] == site.setting.last
    assert "Traceback" not in "".join(demo.said())
    assert [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert not any(directory.exists() for directory in directories)
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
