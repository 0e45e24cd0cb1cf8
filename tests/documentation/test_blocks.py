"""
Every block of code in README.md, the documentation and the like is looked at by somebody.

Python is run, page by page (``conftest.py``), and its types are checked (``tests.documentation.typed``); directives are
what the documentation is built of. All else is here: a language that nobody checks is a failure, and so is a block
without one.
"""

from __future__ import annotations

import ast
import configparser
import io
import json
import re
import tomllib
from collections.abc import Callable

import pytest
import yaml
from babel.messages.pofile import read_po
from django.core.management import call_command
from django.template import Context, Engine
from django.test import override_settings

from downloadable.django_ui.management.commands.downloadable_proxy import Command
from tests.documentation import shell
from tests.documentation.blocks import Block, every_block, found_in
from tests.documentation.typed import Complaint, complaints, module_text

BLOCKS = every_block()
DIRECTIVE = re.compile(r"\{[a-z][\w:-]*\}( .*)?")
BACKENDS = {"nginx": "Nginx", "apache": "Apache", "lighttpd": "Lighttpd", "caddy": "Caddy"}


def of_python(block: Block) -> None:
    """It can be read; whether it is right, running it shows."""
    ast.parse(block.code)


def of_console(block: Block) -> None:
    """Each command behind a ``$`` exists, with these options."""
    of_commands(block, prompted=True)


def of_shell(block: Block) -> None:
    """Each command exists, with these options."""
    of_commands(block, prompted=False)


def of_commands(block: Block, *, prompted: bool) -> None:
    """Nothing is wrong with any of the commands."""
    wrong = [shell.complaint(command) for command in shell.commands_in(block.code, prompted=prompted)]
    assert [sentence for sentence in wrong if sentence] == []


def of_ini(block: Block) -> None:
    """It can be parsed."""
    configparser.ConfigParser(interpolation=None).read_string(block.code)


def of_template(block: Block) -> None:
    """A template compiles, with the tags that it loads, and shows something."""
    libraries = {
        "downloadable": "downloadable.django_ui.templatetags.downloadable",
        "i18n": "django.templatetags.i18n",
        "static": "django.templatetags.static",
    }
    template = Engine(libraries=libraries, builtins=["django.templatetags.static"]).from_string(block.code)
    if "{% url" not in block.code and "download_url" not in block.code:
        assert template.render(Context()).strip()


def of_configuration(block: Block) -> None:
    """Each line is printed by ``downloadable_proxy``, in this order; real servers are started with what that prints."""
    printed = one_line(printed_for(block.language))
    for line in filter(None, map(one_line, block.code.splitlines())):
        _, found, printed = printed.partition(f" {line.strip()} ")
        assert found, f"{line.strip()!r} is not printed, or not here."
        printed = f" {printed}"


def one_line(configuration: str) -> str:
    """Drop comments, and make all white space the same."""
    words = re.sub(r"^\s*#.*", "", configuration, flags=re.MULTILINE).split()
    return f" {' '.join(words)} " if words else ""


def printed_for(server: str) -> str:
    """Return the configuration for files in one directory, and, of nginx, for those of another server."""
    roots = {
        "apache": ["/srv/media"],
        "lighttpd": ["/srv/media"],
        "nginx": {"/srv/media": "/protected/", "https://bucket.example/": "/remote/"},
    }.get(server, {"/srv/media": "/protected/"})
    backend = f"downloadable.adapters.delegates.{BACKENDS[server]}"
    out = io.StringIO()
    delegates = [{"BACKEND": backend, "OPTIONS": {"roots": roots}}]
    with override_settings(DOWNLOADABLE={"DELEGATES": delegates}, MEDIA_ROOT="/srv/media"):
        call_command(Command(), server, stdout=out)
    return out.getvalue()


def of_text(block: Block) -> None:
    """It is what a program prints, or a drawing: no command, and no Python."""
    assert not re.search(r"^(\$ |from \w+ import |import \w+$|def )", block.code, re.MULTILINE)


CHECKED: dict[str, Callable[[Block], object]] = {
    "apache": of_configuration,
    "caddy": of_configuration,
    "console": of_console,
    "django": of_template,
    "html": of_template,
    "html+django": of_template,
    "ini": of_ini,
    "json": lambda block: json.loads(block.code),
    "lighttpd": of_configuration,
    "nginx": of_configuration,
    "po": lambda block: read_po(io.StringIO(block.code), abort_invalid=True),
    "python": of_python,
    "sh": of_shell,
    "text": of_text,
    "toml": lambda block: tomllib.loads(block.code),
    "yaml": lambda block: yaml.safe_load(block.code),
}


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_every_block_is_checked(block: Block) -> None:
    """A block is of a language that is checked, and right as far as that can be said without running it."""
    if DIRECTIVE.fullmatch(block.language):
        assert block.page.startswith("docs/"), "Only Sphinx knows directives."
        return
    assert block.language in CHECKED, f"Nobody checks {block.language or 'a block without a language'!r}."
    CHECKED[block.language](block)


def test_blocks_are_found() -> None:
    """Those in lists, those without a language, and those that readers do not see are blocks, too."""
    text = (
        "# Title\n\n- a list\n\n  ```python\n  a = 1\n  ```\n\n```\nb\n```\n\n    c\n\n"
        "<!--- invisible-code-block: python\nd = 1\n\ne = 2\n-->\n"
    )
    assert list(found_in("a.md", text)) == [
        Block("a.md", 6, "python", "a = 1\n"),
        Block("a.md", 10, "", "b\n"),
        Block("a.md", 13, "", "c\n"),
        Block("a.md", 16, "python", "d = 1\n\ne = 2\n", shown=False),
    ]


WRONG_COMMANDS = [
    ("make no-such-target", "The Makefile knows no 'no-such-target'."),
    ("make bench NO_SUCH_MIB=1", "The Makefile knows no 'NO_SUCH_MIB=1'."),
    ("python manage.py no_such_command", "Django has no command 'no_such_command'."),
    ("pip install 'downloadable[no-such-extra]'", "There is no extra 'no-such-extra'."),
    ("python -m no_such_module", "There is no module 'no_such_module'."),
    ("python no_such_file.py", "Python cannot be started with 'no_such_file.py'."),
    ("no-such-program --help", "Nobody knows the program 'no-such-program' here."),
    ("cd site && sudo no-such-program", "Nobody knows the program 'no-such-program' here."),
]


@pytest.mark.parametrize(("command", "why"), WRONG_COMMANDS)
def test_what_does_not_exist_is_noticed(command: str, why: str) -> None:
    """A target, a command, an extra, a module or a program that nobody has is told."""
    told = [shell.complaint(words) for words in shell.commands_in(command, prompted=False)]
    assert [sentence for sentence in told if sentence] == [why]


@pytest.mark.parametrize("options", ["nginx --no-such-option", "no-such-server", "", "nginx --listen"])
def test_options_that_do_not_exist_are_noticed(options: str) -> None:
    """A command is called as its parser wants it."""
    (words,) = shell.commands_in(f"python manage.py downloadable_proxy {options} > a.conf", prompted=False)
    assert "rror" in str(shell.complaint(words))


def test_what_bash_cannot_read_is_noticed() -> None:
    """A quote that is left open, say."""
    with pytest.raises(AssertionError, match="unexpected EOF"):
        list(shell.commands_in('$ echo "a\n', prompted=True))


def test_what_is_not_printed_is_noticed() -> None:
    """A line of a configuration that is invented, or in another place, fails."""
    with pytest.raises(AssertionError, match="is not printed"):
        of_configuration(Block("a.md", 1, "nginx", "location /no-such-place/ {\n"))


def test_types_are_told_by_the_lines_of_the_page() -> None:
    """A page's Python keeps its line numbers as a module, and what readers do not see is not complained of."""
    page = "docs/ports/clock.md"
    blocks = [Block(page, 3, "python", "a = 1\n"), Block(page, 8, "python", "b = a\n")]
    lines = module_text(blocks).splitlines()
    assert (lines[2], lines[7], len(lines)) == ("a = 1", "b = a", 8)
    first = next(block for block in BLOCKS if block.page == page and block.language == "python")
    report = f"pages/clock.py:{first.line}: error: No.\npages/clock.py:1: error: Not of a block.\n"
    assert list(complaints(report, {"clock": page})) == [Complaint(page, first.line, "No.")]
