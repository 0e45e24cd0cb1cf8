"""What somebody does who has only the README, and the package from an index."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

from tests.packaging.building import PROJECT, run

PROGRAM = Path(__file__).with_name("user_program.py")
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


def first_code() -> str:
    """The README's first Python: the URLs of a new project."""
    found = re.search(r"^```python\n(.*?)^```", (PROJECT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@contextmanager
def serving(python: Path, project: Path) -> Iterator[int]:
    """Run the project as its developer does; yield the port that it got."""
    command = (python, "manage.py", "runserver", "--noreload", "127.0.0.1:0")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    with subprocess.Popen(
        command, cwd=project, env={**environment, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        try:
            told = next(found for line in server.stdout if (found := ADDRESS.search(line)))
            yield int(told[1])
        finally:
            server.terminate()


def ask(port: int, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    """Ask for a page, and read all of the answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_the_first_code_of_the_readme_downloads(installed: Path, tmp_path: Path) -> None:
    """A new project with the README's first code serves that download, with nothing else installed or configured."""
    run(installed.with_name("django-admin"), "startproject", "mysite", tmp_path, cwd=tmp_path)
    (tmp_path / "mysite/urls.py").write_text(first_code())
    with serving(installed, tmp_path) as port:
        response, body = ask(port, "/squares.csv")
        private, _ = ask(port, "/private/diary.txt")
    assert response.status == 200
    assert response.headers["Content-Disposition"] == 'attachment; filename="squares.csv"'
    assert body.splitlines() == [f"{number},{number**2}".encode() for number in range(1, 100_001)]
    assert (private.status, private.headers["Location"]) == (302, "/admin/login/?next=/private/diary.txt")


def test_a_users_strictly_typed_program_passes(install: Callable[..., Path], tmp_path: Path) -> None:
    """mypy, in strict mode, sees the types of the installed package: what is right passes, what is wrong does not."""
    python = install("django-stubs")
    program = tmp_path / "views.py"
    program.write_bytes(PROGRAM.read_bytes())
    configuration = tmp_path / "mypy.ini"
    configuration.write_text("[mypy]\nstrict = true\n")
    checked = run(
        sys.executable,
        *("-m", "mypy", "--python-executable", python, "--config-file", configuration),
        *("--cache-dir", tmp_path / "cache", program),
        cwd=tmp_path,
    )
    assert "no issues found" in checked
