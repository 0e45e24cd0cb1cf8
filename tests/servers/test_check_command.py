"""``manage.py downloadable_check`` before real servers: green when all is right, and the culprit when it is not."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import Factory, define, frozen

from tests.object_store import KEYS, ObjectStore, object_store
from tests.servers.fronts import (
    APACHE,
    CADDY,
    FRONTS,
    LIGHTTPD,
    NGINX,
    Front,
    FrontKind,
    in_front,
    public_directory,
)
from tests.servers.processes import ASGI, GTHREAD, ROOT, Kind, Server, cleaned, running

COMMAND = [sys.executable, "-m", "django", "downloadable_check"]
DISCARD = 9
"""A port of loopback that nobody listens on: it would take a privilege, and a reason."""


@frozen
class Found:
    """What the command has said."""

    status: int
    findings: list[dict[str, Any]]

    @property
    def failed(self) -> list[dict[str, Any]]:
        return [finding for finding in self.findings if finding["verdict"] == "failed"]


@define
class Site:
    """
    The demo under Django's servers, one for each mistake in its settings, as they are needed.

    Args:
        var: Where the demo has its files, in ``media``; everybody may read it.
    """

    var: Path
    log: Path
    stack: ExitStack
    started: dict[tuple[str, ...], Server] = Factory(dict)

    def environment(self, front: str, mistake: str = "", **more: str) -> dict[str, Any]:
        return {
            "DJANGO_SETTINGS_MODULE": "tests.servers.checked.settings",
            "DEMO_VAR": str(self.var),
            "DEMO_FRONT": front,
            "CHECKED_MISTAKE": mistake,
            "BEHIND_LEDGER": str(self.ledger),
            **more,
        }

    @property
    def ledger(self) -> Path:
        return self.log / "ledger"

    def django(self, front: str, mistake: str = "", kind: Kind = GTHREAD, **more: str) -> Server:
        """Return a server of Django with this mistake, which runs until the end of all tests."""
        key = (front, mistake, kind.name, *more.values())
        if key not in self.started:
            log = self.log / f"{len(self.started)}.log"
            self.started[key] = self.stack.enter_context(
                running(kind, "demo", log, **self.environment(front, mistake, **more))
            )
        return self.started[key]

    def media(self) -> list[str]:
        return sorted(path.name for path in (self.var / "media").iterdir())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Run the demo, in a directory of its own."""
    with public_directory() as var, ExitStack() as stack:
        (var / "media").mkdir()
        (var / "elsewhere").mkdir()
        yield Site(var, tmp_path_factory.mktemp("log"), stack)


@pytest.fixture(autouse=True)
def nothing_left(site: Site) -> Iterator[None]:
    """Whatever happens, no marker is left."""
    yield
    left = site.media()
    for name in left:
        (site.var / "media" / name).unlink()
    assert left == []


def checked(url: str, *options: str, **environment: str) -> Found:
    """Run the command as somebody does who has just set up the site."""
    done = subprocess.run(
        [*COMMAND, url, "--json", *options],
        cwd=ROOT,
        env=cleaned(os.environ) | environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    return Found(done.returncode, [json.loads(line) for line in done.stdout.splitlines()])


def url_of(front: Front) -> str:
    """Where clients reach it."""
    return f"http://127.0.0.1:{front.port}"


@pytest.mark.parametrize("django", [GTHREAD, ASGI], ids=lambda kind: kind.name)
@pytest.mark.parametrize("kind", FRONTS, ids=lambda kind: kind.name)
def test_green_when_right(site: Site, kind: FrontKind, django: Kind) -> None:
    """From the configuration that is printed, all is right, nothing is left, and no byte came from Django."""
    behind = site.django(kind.name, kind=django)
    site.ledger.write_text("")
    with in_front(kind, behind.port, **site.environment(kind.name)) as front:
        found = checked(url_of(front), **site.environment(kind.name))
    assert found.failed == []
    assert found.status == 0
    assert {finding["part"] for finding in found.findings} == {"storage", "Django", "server", "together"}
    assert {finding["verdict"] for finding in found.findings} <= {"ok", "unknown"}
    lines = [line.split(";") for line in site.ledger.read_text().splitlines()]
    assert {tuple(line[::2]) for line in lines if line[0] == "handed over"} == {("handed over", "0")}
    assert {line[2] for line in lines} == {"0"}


@frozen(kw_only=True)
class Mistake:
    """
    Something wrong, and what must be said of it.

    Args:
        change: What somebody made of the configuration of the server in front.

        running: What is wrong in the settings of the Django that runs.

        commands: The same in those of the command; by default as in the Django that runs.

        delegate: The server that Django thinks is in front.

        part: What was asked when it was noticed.

        what: A pattern of what is said to have been seen.

        mend: A pattern of what is said to help.
    """

    kind: FrontKind = NGINX
    change: Callable[[str], str] = str
    running: str = ""
    commands: str | None = None
    delegate: str | None = None
    part: str = "together"
    culprit: str = "server"
    what: str
    mend: str


def without(pattern: str, instead: str = "") -> Callable[[str], str]:
    """Return what makes this mistake in a configuration, which must have a place for it."""

    def change(text: str) -> str:
        changed, count = re.subn(pattern, instead, text)
        assert count, f"{pattern!r} is not in the configuration:\n{text}"
        return changed

    return change


LOCATION = r'(?s)    location \^~ "/protected/".*?\n    }\n'
PUBLIC = r"    location /media/ { alias THE_FILES/; }\n    location / {"

MISTAKES = {
    "nginx, wrong alias": Mistake(
        change=without(r'alias "[^"]*"', 'alias "/tmp/nowhere/"'),
        what="nginx.* 404 .*does not find it",
        mend=r"alias THE_FILES/;",
    ),
    "nginx, alias without a slash": Mistake(
        change=without(r'(alias "[^"]*)/"', r'\1"'), what="404", mend=r"both end in '/'"
    ),
    "nginx, not internal": Mistake(
        change=without(r"internal;"), part="server", what="/protected/ to anybody", mend=r"^internal;"
    ),
    "nginx, nosniff dropped": Mistake(
        change=without(r"add_header X-Content-Type-Options .*"),
        what=r"X-Content-Type-Options \(missing\)",
        mend=r"add_header X-Content-Type-Options \$upstream_http_x_content_type_options always;",
    ),
    "nginx, all fields dropped": Mistake(
        change=without(r"add_header .*"),
        what=r"Referrer-Policy \(missing\), Content-Security-Policy \(missing\), Cross-Origin-Opener",
        mend="add_header Referrer-Policy",
    ),
    "nginx, no location": Mistake(
        change=without(LOCATION),
        what="no location /protected/",
        mend="location /protected/ { internal; alias THE_FILES/; }",
    ),
    "nginx, hand-over ignored": Mistake(
        change=without(r"(    location / {\n)", r"\1 proxy_ignore_headers X-Accel-Redirect;\n"),
        what="200 without any body",
        mend="proxy_ignore_headers",
    ),
    "nginx, no validators": Mistake(
        change=without(r"etag on;", "etag off; add_header Last-Modified '';"),
        what="neither ETag nor Last-Modified|Asked again",
        mend="etag off|adds an ETag",
    ),
    "nginx, no ranges": Mistake(
        change=without(r"etag on;", "max_ranges 0;"), what="sends 200 with 2000 bytes", mend="max_ranges"
    ),
    "nginx, no Django behind it": Mistake(
        change=without(r"server 127\.0\.0\.1:\d+;(?=\n}\n\n# Where)", f"server 127.0.0.1:{DISCARD};"),
        part="server",
        what="502 .*reaches no Django",
        mend="proxy_pass",
    ),
    "nginx, files are public": Mistake(
        change=without(r"    location / {", PUBLIC),
        running="public files",
        part="server",
        what="/media/ to anybody",
        mend="MEDIA_URL",
    ),
    "nginx, told as Apache is": Mistake(
        delegate="apache",
        culprit="Django settings",
        what="speaks to Apache, but nginx",
        mend="delegate Nginx ",
    ),
    "nginx, told as lighttpd is": Mistake(
        delegate="lighttpd",
        culprit="Django settings",
        what="speaks to lighttpd, but nginx",
        mend="delegate Nginx ",
    ),
    "nginx, closed files": Mistake(
        running="closed files", part="", culprit="storage", what="", mend="o\\+r|Let Django read"
    ),
    "Apache, switched off": Mistake(
        kind=APACHE,
        change=without("XSendFile On", "XSendFile Off"),
        what="200 without any body and shows",
        mend="XSendFile On",
    ),
    "Apache, wrong path": Mistake(
        kind=APACHE,
        change=without('XSendFilePath ".*"', 'XSendFilePath "/srv"'),
        what="404",
        mend="XSendFilePath THE_FILES",
    ),
    "Apache, nosniff dropped": Mistake(
        kind=APACHE,
        change=without("(XSendFile On)", r"\1\nHeader unset X-Content-Type-Options"),
        what=r"X-Content-Type-Options \(missing\)",
        mend="Header unset X-Content-Type-Options",
    ),
    "Apache, told as nginx is": Mistake(
        kind=APACHE,
        delegate="nginx",
        culprit="Django settings",
        what="speaks to nginx, but Apache",
        mend="delegate Apache ",
    ),
    "Apache, another spelling": Mistake(
        kind=APACHE,
        running="another spelling",
        culprit="Django settings",
        what="spelled in another way",
        mend="spelling='raw'",
    ),
    "Apache, closed files": Mistake(
        kind=APACHE, running="closed files", part="", culprit="storage", what="", mend="o\\+r|Let Django read"
    ),
    "lighttpd, switched off": Mistake(
        kind=LIGHTTPD,
        change=without('"x-sendfile" => "enable"', '"x-sendfile" => "disable"'),
        what="200 without any body",
        mend='"x-sendfile" => "enable"',
    ),
    "lighttpd, wrong root": Mistake(
        kind=LIGHTTPD,
        change=without(r'"/[^"]*/media"', '"/srv"'),
        what="403|404|502",
        mend='"x-sendfile-docroot" => \\( "THE_FILES" \\)',
    ),
    "lighttpd, closed files": Mistake(
        kind=LIGHTTPD,
        running="closed files",
        part="",
        culprit="storage",
        what="",
        mend="o\\+r|Let Django read",
    ),
    "Caddy, fields not copied": Mistake(
        kind=CADDY,
        change=without(r"copy_response_headers {[^}]*}"),
        what=r"Content-Disposition \(missing\)",
        mend="copy_response_headers",
    ),
    "Caddy, wrong root": Mistake(
        kind=CADDY, change=without(r"root \* `[^`]*`", "root * /srv"), what="404", mend=r"root \* THE_FILES"
    ),
    "Caddy, hand-over shown": Mistake(
        kind=CADDY,
        change=without("exclude X-Accel-Redirect", "exclude"),
        what="shown X-Accel-Redirect",
        mend="exclude X-Accel-Redirect",
    ),
    "Caddy, hand-over ignored": Mistake(
        kind=CADDY,
        change=without(r"X-Accel-Redirect (`/protected/\*`|\*)", "X-Other *"),
        what="200 without any body and shows the client X-Accel-Redirect",
        mend="handle_response",
    ),
    "Caddy, not internal": Mistake(
        kind=CADDY,
        change=without(
            r"(\tbind .*\n)", r"\1\thandle_path /protected/* {\n\t\troot * THE_FILES\n\t\tfile_server\n\t}\n"
        ),
        part="server",
        what="/protected/ to anybody",
        mend="/protected/",
    ),
    "Caddy, closed files": Mistake(
        kind=CADDY, running="closed files", part="", culprit="storage", what="", mend="o\\+r|Let Django read"
    ),
    "Django, no middleware": Mistake(
        running="no middleware",
        part="Django",
        culprit="Django settings",
        what="No delegate is announced",
        mend="MIDDLEWARE: 'downloadable.DownloadMiddleware'",
    ),
    "Django, not restarted": Mistake(
        running="no middleware",
        commands="",
        culprit="Django settings",
        what="The running Django announces no delegate",
        mend="Restart it",
    ),
    "Django, another root": Mistake(
        running="another root",
        part="Django",
        culprit="Django settings",
        what="below none of the root directories",
        mend="roots",
    ),
    "Django, another root when it was started": Mistake(
        running="another root",
        commands="",
        culprit="Django settings",
        what="The running Django would",
        mend="Restart",
    ),
    "Django, no page for the check": Mistake(
        running="no page", part="server", culprit="Django settings", what="no page", mend="include"
    ),
    "Django, another key": Mistake(
        running="another key",
        commands="",
        part="server",
        culprit="Django settings",
        what="404",
        mend="SECRET_KEY",
    ),
    "Django, another host": Mistake(
        running="another host", part="server", culprit="Django settings", what="400", mend="ALLOWED_HOSTS"
    ),
    "Django, only over TLS": Mistake(
        running="only over TLS",
        part="server",
        culprit="Django settings",
        what="301",
        mend="give this command the URL that clients end at",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_the_culprit_is_named(site: Site, mistake: Mistake) -> None:
    """Whatever is wrong, the first failure says who is to blame and how to mend it; and nothing is left behind."""
    delegate = mistake.delegate or mistake.kind.name
    behind = site.django(delegate, mistake.running)
    media = str(site.var / "media")
    commands = mistake.running if mistake.commands is None else mistake.commands
    with in_front(
        mistake.kind,
        behind.port,
        change=lambda text: mistake.change(text).replace("THE_FILES", media),
        **site.environment(mistake.kind.name),
    ) as front:
        found = checked(url_of(front), **site.environment(delegate, commands))
    assert found.status == 1
    first = found.failed[0]
    assert first["culprit"] == mistake.culprit, first
    assert mistake.part in ("", first["part"]), first
    assert re.search(mistake.what, first["what"]), first
    assert re.search(mistake.mend.replace("THE_FILES", re.escape(media)), first["mend"]), first


def test_nobody_listens(site: Site) -> None:
    """A server that is not there is a matter of the network, and the rest is checked all the same."""
    found = checked(f"http://127.0.0.1:{DISCARD}", **site.environment("nginx"))
    assert found.status == 1
    assert [(one["part"], one["culprit"]) for one in found.failed] == [("server", "network")]
    assert "Connection refused" in found.failed[0]["what"]
    assert {one["part"] for one in found.findings if one["verdict"] == "ok"} == {"storage", "Django"}


def test_a_server_that_says_nothing_takes_no_longer_than_allowed(site: Site) -> None:
    """Who takes the connection but never answers is a matter of the network, too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        found = checked(f"http://127.0.0.1:{port}", "--timeout", "0.5", **site.environment("nginx"))
    assert [(one["part"], one["culprit"]) for one in found.failed] == [("server", "network")]
    assert "timed out" in found.failed[0]["what"]


def test_another_directory(site: Site, tmp_path: Path) -> None:
    """A Django that runs where the files are others is told apart from one that does not hand over."""
    (tmp_path / "media").mkdir()
    behind = site.django("nginx")
    with in_front(NGINX, behind.port, **site.environment("nginx")) as front:
        found = checked(url_of(front), **site.environment("nginx") | {"DEMO_VAR": str(tmp_path)})
    assert found.failed
    for one in found.failed:  # one for each directory
        assert (one["part"], one["culprit"]) == ("together", "storage")
        assert "does not see the marker" in one["what"]


def test_public_on_purpose(site: Site) -> None:
    """Files that are meant for anybody are no failure."""
    media = str(site.var / "media")
    behind = site.django("nginx", "public files")
    with in_front(
        NGINX,
        behind.port,
        change=lambda text: without(r"    location / {", PUBLIC)(text).replace("THE_FILES", media),
        **site.environment("nginx"),
    ) as front:
        found = checked(url_of(front), "--public", "default", **site.environment("nginx", "public files"))
    assert found.failed == []
    assert found.status == 0


@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_interrupted_it_leaves_nothing(site: Site, stop: str) -> None:
    """Who ends the command while it waits for a server finds no marker afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as front, ExitStack() as held:
        process = subprocess.Popen(
            [*COMMAND, f"http://127.0.0.1:{front.getsockname()[1]}", "--timeout", "60"],
            cwd=ROOT,
            env=cleaned(os.environ) | site.environment("nginx"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            answer_until_marked(front, site, held)
            assert len(site.media()) == 1
            process.send_signal(signal.Signals[stop])
            assert process.wait(timeout=30) != 0
        finally:
            process.kill()
            process.wait()
    assert site.media() == []


def answer_until_marked(front: socket.socket, site: Site, held: ExitStack) -> None:
    """Be a server that says it is there, and then holds a connection in silence, since there is a marker."""
    body = json.dumps({"delegates": ["Nginx"]}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    front.settimeout(30)
    while not site.media():
        connection = held.enter_context(front.accept()[0])
        if not site.media():
            connection.recv(65536)
            connection.sendall(head.encode() + body)


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    """Run an S3 that holds links against their signatures."""
    with object_store() as store:
        yield store


def of_store(store: ObjectStore, by: str) -> dict[str, Any]:
    """What the settings read of it."""
    return {
        "CHECKED_STORE": store.url,
        "CHECKED_KEY": KEYS["access_key"],
        "CHECKED_SECRET": KEYS["secret_key"],
        "CHECKED_BY": by,
    }


@pytest.mark.parametrize("by", ["redirect", "nginx"])
def test_a_store(site: Site, store: ObjectStore, by: str) -> None:
    """What a store sends itself, or nginx fetches from it, is followed to the end."""
    more = of_store(store, by)
    behind = site.django("nginx", "a store", **more)
    environment = site.environment("nginx", "a store", **more)
    with in_front(
        NGINX, behind.port, **(environment if by == "nginx" else site.environment("nginx"))
    ) as front:
        found = checked(url_of(front), **environment)
    assert found.failed == []
    assert found.status == 0
    assert [one["what"] for one in found.findings if "sent all 2000 bytes" in one["what"]] != []
    if by == "redirect":
        assert found.findings[-1]["what"] == "Without the signature, the store gives nothing."


def test_a_store_whose_clock_is_wrong(site: Site, store: ObjectStore) -> None:
    """A store that refuses the links is to blame itself."""
    more = of_store(store, "redirect")
    behind = site.django("nginx", "a store", **more)
    environment = site.environment("nginx", "a store", **more)
    store.now = lambda: datetime.now(UTC) + timedelta(hours=2)
    try:
        with in_front(NGINX, behind.port, **site.environment("nginx")) as front:
            found = checked(url_of(front), **environment)
    finally:
        store.now = lambda: datetime.now(UTC)
    assert [(one["part"], one["culprit"]) for one in found.failed] == [("together", "storage")]
    assert "The store answers 403" in found.failed[0]["what"]
