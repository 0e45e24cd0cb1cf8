"""What can be said of commands in the documentation without running them: they exist, and take these options."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from django.core.management import find_commands, get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandError

from tests.documentation.blocks import ROOT

__all__ = ["commands_in", "complaint", "django_commands"]

Arguments = Sequence[str]

OWN = "downloadable.django_ui"
PUNCTUATION = "();<>|&"
OPERATORS = frozenset({"&&", "||", "|", ";", "&"})
ASSIGNMENT = re.compile(r"(?P<name>[A-Z_]+)=.*", re.DOTALL)
EXTRAS = re.compile(r"(?P<name>[\w.-]+)(?:\[(?P<extras>[\w, -]+)\])?(?P<version>[<>=~!].*)?")

ELSEWHERE = frozenset(
    {
        ".",
        "a2enmod",
        "a2ensite",
        "cat",
        "cd",
        "cp",
        "cmp",
        "curl",
        "echo",
        "export",
        "git",
        "grep",
        "head",
        "ln",
        "ls",
    }
    | {"mkdir", "nginx", "sed", "sha256sum", "systemctl", "tee", "unzip", "wget", "xargs"}
    | {"gunicorn", "uvicorn", "granian", "caddy", "lighttpd"}
)
"""Programs of the system and of others, which are not ours to describe."""


def commands_in(code: str, *, prompted: bool) -> Iterator[list[str]]:
    """
    Split a block into commands, each a list of words.

    Args:
        code: The block.

        prompted: Whether commands begin with ``$``, and all else is what they print.

    Raises:
        AssertionError: If bash cannot read it.
    """
    script = prompted_in(code) if prompted else code
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for line in script.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=PUNCTUATION)
        lexer.whitespace_split, lexer.commenters = True, "#"
        yield from simple_commands(list(lexer))


def prompted_in(code: str) -> str:
    """Return the commands of a console, without prompts and without what they print."""
    lines, goes_on = [], False
    for line in code.splitlines():
        if goes_on or line.startswith("$ "):
            lines.append(line if goes_on else line[2:])
            goes_on = line.endswith("\\")
    assert lines, "A console shows at least one command, behind '$ '."
    return "\n".join(lines) + "\n"


def simple_commands(words: list[str]) -> Iterator[list[str]]:
    command: list[str] = []
    redirected = False
    for word in [*words, ";"]:
        if word in OPERATORS:
            if command:
                yield command
            command = []
        elif set(word) <= {"<", ">"}:
            redirected = True
        elif redirected:
            redirected = False
        else:
            command.append(word)


def complaint(command: list[str]) -> str | None:
    """Return what is wrong with a command; ``None`` if nothing is."""
    while command and (ASSIGNMENT.fullmatch(command[0]) or command[0] == "sudo"):
        command = command[1:]
    if not command:
        return None
    program, *arguments = command
    if program in ELSEWHERE:
        return None
    ask = OURS.get(program.removeprefix(".venv/bin/"))
    return f"Nobody knows the program {program!r} here." if ask is None else ask(arguments)


def of_make(arguments: Arguments) -> str | None:
    makefile = ROOT.joinpath("Makefile").read_text()
    for argument in arguments:
        assigned = ASSIGNMENT.fullmatch(argument)
        known = (
            re.search(rf"^#.*\b{assigned['name']}\b|^{assigned['name']} \?=", makefile, re.MULTILINE)
            if assigned
            else re.search(rf"^\.PHONY:.*\b{re.escape(argument)}\b", makefile, re.MULTILINE)
        )
        if not known:
            return f"The Makefile knows no {argument!r}."
    return None


def of_python(arguments: Arguments) -> str | None:
    match list(arguments):
        case ["-W", _, *rest]:
            return of_python(rest)
        case ["-m", "pip", *rest]:
            return of_pip(rest)
        case ["-m", "venv", _]:
            return None
        case ["-m", module, *_]:
            return None if importlib.util.find_spec(module) else f"There is no module {module!r}."
        case ["manage.py", *rest]:
            return of_django(rest)
        case [path, *_] if ROOT.joinpath(path).is_file():
            return None
    return f"Python cannot be started with {' '.join(arguments)!r}."


def of_pip(arguments: Arguments) -> str | None:
    if not arguments or arguments[0] not in ("install", "uninstall"):
        return f"pip is not asked to {arguments[:1]} here."
    for argument in arguments[1:]:
        found = EXTRAS.fullmatch(argument)
        if found and found["name"] == "downloadable":
            unknown = set(re.findall(r"[\w-]+", found["extras"] or "")) - extras()
            if unknown:
                return f"There is no extra {min(unknown)!r}."
    return None


@cache
def extras() -> frozenset[str]:
    """Return what pip can be asked to install along."""
    project = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]
    return frozenset(project["optional-dependencies"])


def django_commands() -> dict[str, Any]:
    """Return what ``manage.py`` knows, with the application that each command is of."""
    return {**get_commands(), **dict.fromkeys(find_commands(str(ROOT / "src/django_ui/management")), OWN)}


def of_django(arguments: Arguments) -> str | None:
    name, *rest = arguments or ("",)
    known = django_commands()
    if name not in known:
        return f"Django has no command {name!r}."
    application = known[name]
    loaded = application if isinstance(application, BaseCommand) else load_command_class(application, name)
    parser = loaded.create_parser("manage.py", name)
    try:
        parser.parse_args(rest)
    except CommandError as error:
        return str(error)
    return None


OURS: dict[str, Callable[[Arguments], str | None]] = {
    "django-admin": of_django,
    "make": of_make,
    "pip": of_pip,
    "python": of_python,
    "python3": of_python,
}
