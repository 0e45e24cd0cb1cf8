"""What ``make demo`` says before it has started anything."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve

from demo.fronts import FRONTS, FrontKind
from demo.running import closed_to_others, public_directory
from demo.servers import SERVERS
from demo.starting import Wanted, Wrong

RUN = Path(__file__).parents[2] / "demo/run.py"


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


@pytest.mark.parametrize("chosen", [{}, {"SERVER": "granian"}, {"FRONT": "nginx"}], ids=str)
def test_port_in_use_is_one_sentence(chosen: dict[str, str], tmp_path: Path) -> None:
    """Where somebody listens already, the demo says so in one line, and makes nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run_with(tmp_path, PORT=port, **chosen)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"Cannot listen on port {port}: Address already in use. Take another: make demo PORT=8001\n"
    )
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        *(
            (
                {"PORT": port},
                f"PORT={port} is no port. Take one from 1 to 65535, such as: make demo PORT=8001",
            )
            for port in ("http", "65536", "-1", "", "²")
        ),
        ({"SERVER": "apache"}, "There is no SERVER=apache, but wsgi, gunicorn, uvicorn and granian."),
        ({"FRONT": "iis"}, "There is no FRONT=iis, but nginx, apache, lighttpd and caddy."),
        (
            {"DEMO_BUCKET_URL": "s3://documents"},
            (
                "DEMO_BUCKET_URL='s3://documents' must be the URL of the API and the bucket's name, such as "
                "https://s3.eu-west-1.amazonaws.com/my-bucket."
            ),
        ),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_one_sentence(chosen: dict[str, str], sentence: str, tmp_path: Path) -> None:
    """What makes no sense is told in one line, with what there is instead, and nothing is made."""
    done = run_with(tmp_path, **chosen)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{sentence}\n")
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("kind", FRONTS, ids=lambda kind: kind.name)
def test_missing_front_is_one_sentence(kind: FrontKind) -> None:
    """A server in front that is not installed is named, with what installs it."""
    gone = {kind.name: evolve(kind, program="no-such-server")}
    with pytest.raises(Wrong, match=r"^no-such-server is missing. This installs it: make system-packages$"):
        Wanted.of({"FRONT": kind.name}, gone)


def test_missing_server_is_one_sentence() -> None:
    """A server for Django that is not installed is named, with what installs it."""
    gone = {"granian": evolve(SERVERS["granian"], needs="no_such_module")}
    with pytest.raises(Wrong, match=r"^granian is missing. This installs it: pip install no_such_module$"):
        Wanted.of({"SERVER": "granian"}, servers=gone)


def test_closed_directory_is_found() -> None:
    """The first directory on the way that others may not look into is named."""
    with public_directory() as top:
        inner = top / "between" / "inner"
        inner.mkdir(parents=True)
        for directory in (inner, inner.parent):
            directory.chmod(0o755)
        assert closed_to_others(inner) is None
        inner.parent.chmod(0o700)
        assert closed_to_others(inner) == inner.parent
