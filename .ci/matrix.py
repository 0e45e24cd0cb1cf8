"""
Run tests on each version of Python that is here with each version of Django that is supported; say what was skipped.

    .ci/matrix.py [--only 3.13,5.2] TEST...

Interpreters are looked for on PATH, among pyenv's, and in .venv-next; environments are kept as .venv-matrix/3.13-5.2.
They hold the locked development dependencies, but for Django, of which the newest patch of its version is taken. Fails
if a test does, or an environment cannot be filled, and with CI=true also if nothing ran.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
DJANGOS = ("5.2", "6.0", "6.1")
# What Django says of itself: 6.0 and later need Python 3.12.
OLDEST_PYTHON = {"5.2": "3.10", "6.0": "3.12", "6.1": "3.12"}
UV = ROOT / ".venv/bin/uv"
LOCKED = re.compile(r"^(?P<name>[\w.-]+)==[^\\\n]+", re.MULTILINE)
ASK = "import sys, venv; print('%d.%d' % sys.version_info[:2], sys.version_info.releaselevel)"


class Skipped(Exception):
    """One of the matrix cannot run here, and why."""


class Broken(Exception):
    """One of the matrix should run, and does not, and why."""


def number(version: str) -> tuple[int, ...]:
    """Compare versions by their numbers."""
    return tuple(map(int, version.split(".")))


def candidates(version: str) -> Iterator[str]:
    """Name programs that may be this Python."""
    yield from filter(None, (shutil.which(f"python{version}"), shutil.which("python3")))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/python")), reverse=True)
    yield str(ROOT / ".venv/bin/python")
    yield str(ROOT / ".venv-next/bin/python")


def find(version: str) -> str:
    """Find a Python of this version that can make environments."""
    for program in candidates(version):
        if os.access(program, os.X_OK):
            done = subprocess.run([program, "-c", ASK], capture_output=True, text=True, check=False)
            if done.returncode == 0 and done.stdout.split() == [version, "final"]:
                return program
    raise Skipped(f"no Python {version} here")


def run(*command: str | Path) -> None:
    """Run a program that has to succeed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n")
        raise Broken("its environment cannot be made")


def environment(python: str, django: str) -> Path:
    """Make, or reuse, an environment; return its Python."""
    program = find(python)
    if number(python) < number(OLDEST_PYTHON[django]):
        raise Skipped(f"Django {django} needs Python {OLDEST_PYTHON[django]}")
    folder = ROOT / ".venv-matrix" / f"{python}-{django}"
    inside = folder / "bin/python"
    stamp, lock = folder / ".stamp", ROOT / "requirements/dev.txt"
    if stamp.exists() and stamp.stat().st_mtime > lock.stat().st_mtime:
        return inside
    constraints = folder.with_suffix(f".{django}.txt")
    constraints.parent.mkdir(exist_ok=True)
    pins = [found[0] for found in LOCKED.finditer(lock.read_text()) if found["name"] != "django"]
    constraints.write_text("\n".join([*pins, f"django=={django}.*"]))
    if program == str(ROOT / ".venv-next/bin/python"):
        # Debian's, unpacked: only that script knows how it is run.
        run(".ci/python-next", folder)
    else:
        run(program, "-m", "venv", "--clear", "--without-pip", folder)
    install = (UV, "pip", "install", "--quiet", "--python", inside, "--constraint", constraints)
    run(*install, "--requirement", "requirements/dev.in", "--requirement", "pyproject.toml")
    run(*install, "--no-deps", "--no-build-isolation", "--editable", ".")
    stamp.touch()
    return inside


def tested(python: Path, tests: list[str]) -> tuple[bool, str]:
    """Run the tests; tell whether they passed, and what pytest said at its end."""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines() or [done.stderr.strip()[-200:]]
    if done.returncode:
        print("\n".join(line for line in lines if line.startswith(("FAILED", "ERROR", "E  ")))[-3000:])
    return done.returncode == 0, f"{lines[-1].strip('= ')} ({time.monotonic() - started:.0f} s)"


def main() -> None:
    """Run what can run, and print the table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", help="one of the matrix, such as 3.13,5.2; may be given several times", action="append"
    )
    options, tests = parser.parse_known_args()
    asked = [(python, django) for python in PYTHONS for django in DJANGOS]
    for unknown in {*(options.only or ())} - {f"{python},{django}" for python, django in asked}:
        parser.error(f"{unknown} is not in the matrix of Python {PYTHONS} and Django {DJANGOS}.")
    ran, failed, table = 0, 0, []
    for python, django in asked:
        if options.only and f"{python},{django}" not in options.only:
            table.append((python, django, "skipped", "not asked for"))
            continue
        try:
            passed, said = tested(environment(python, django), tests)
        except Skipped as reason:
            table.append((python, django, "skipped", str(reason)))
        except Broken as reason:
            failed += 1
            table.append((python, django, "FAILED", str(reason)))
        else:
            ran, failed = ran + 1, failed + (not passed)
            table.append((python, django, "passed" if passed else "FAILED", said))
        print("Python {} Django {}: {} ({})".format(*table[-1]), flush=True)
    print("\n| Python | Django | | |\n| --- | --- | --- | --- |")
    print("\n".join("| {} | {} | {} | {} |".format(*row) for row in table))
    if failed:
        sys.exit(1)
    if not ran and os.environ.get("CI") == "true":
        sys.exit(
            "Nothing ran. Put such a Python on PATH; make test-next gets Debian's 3.13 for where there is none."
        )


if __name__ == "__main__":
    main()
