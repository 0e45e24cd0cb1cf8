"""What ``manage.py downloadable_check`` prints."""

from __future__ import annotations

import io
import json
import logging
from contextlib import nullcontext
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from downloadable.django_ui.management.commands.downloadable_check import Command
from tests.django_ui.checking.accelerator import Accelerator
from tests.django_ui.checking.sites import (
    COMMON,
    DOWNLOADS,
    nginx,
    settings_of,
)


def printed(*arguments: str, status: int = 0) -> str:
    """Run the command to its end, with this exit status."""
    out = io.StringIO()
    with pytest.raises(SystemExit) if status else nullcontext() as ended:
        call_command(Command(), *arguments, stdout=out, no_color=True)
    assert ended is None or ended.value.code == status
    return out.getvalue()


def test_what_is_printed_when_all_is_right(accelerator: Accelerator) -> None:
    """A line for each finding below its place, and a summary."""
    lines = printed(accelerator.url).splitlines()
    assert lines[1].startswith("  ok      server    http://127.0.0.1:")
    assert lines[3] == "storage 'default'"
    assert lines[4].startswith("  ok      storage   ")
    assert lines[-1] == "11 right, 0 wrong."


def test_what_is_printed_when_something_is_wrong(accelerator: Accelerator) -> None:
    """A failure has three lines: what, who is to blame, how to mend it."""
    accelerator.files = {}
    lines = printed(accelerator.url, "--timeout", "5", status=1).splitlines()
    where = next(number for number, line in enumerate(lines) if "FAILED" in line)
    assert lines[where].startswith("  FAILED  together  nginx/1.99 answers 404")
    assert lines[where + 1] == "          to blame: server"
    assert lines[where + 2].startswith("          to mend:  location /protected/ { internal; alias ")
    assert lines[where + 2].endswith("manage.py downloadable_proxy nginx prints all of it")
    assert lines[-1] == "5 right, 1 wrong."


def test_what_is_printed_without_a_server(media: Path) -> None:
    """That no server was asked is said, and so is what could not be checked."""
    delegates = [nginx({media: "/protected/", "https://files.example.com/": "/remote/"})]
    with override_settings(**settings_of(media, DOWNLOADABLE={"DELEGATES": delegates})):
        lines = printed().splitlines()
    assert lines[-2] == "2 right, 0 wrong, 1 could not be checked."
    assert lines[-1].startswith("No server was asked.")


def test_findings_for_programs(site: None) -> None:
    """With --json, each line is a finding."""
    one, two = (json.loads(line) for line in printed("--json").splitlines())
    assert one.keys() == {"part", "place", "verdict", "what", "culprit", "mend"}
    assert (one["part"], two["part"]) == ("storage", "Django")


def test_a_wrong_url_is_refused() -> None:
    """What cannot be meant is said at once."""
    with pytest.raises(CommandError, match="http or https"):
        call_command(Command(), "ftp://example.com")


def test_in_another_thread(site: None) -> None:
    """The command can be called where nobody may say what a signal does."""
    lines: list[str] = []
    thread = Thread(target=lambda: lines.extend(printed().splitlines()))
    thread.start()
    thread.join()
    assert "2 right, 0 wrong." in lines


@pytest.mark.parametrize("option", ["--skip", "--public"])
def test_a_place_that_is_not_there(site: None, media: Path, option: str) -> None:
    """A slip of the pen is told, with what is there; otherwise something would be asked that was to be left out."""
    with pytest.raises(CommandError, match=r"no place 'defualt', but 'default'\."):
        call_command(Command(), option, "defualt")
    assert list(media.iterdir()) == []


@pytest.mark.parametrize(
    "changes",
    [{"ALLOWED_HOSTS": ["example.com"], "MIDDLEWARE": [COMMON, DOWNLOADS]}, {}],
    ids=["another host", "no location"],
)
def test_what_django_refuses_is_a_finding(
    accelerator: Accelerator, changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Between the findings there is no log of what they tell."""
    accelerator.files = {}
    with override_settings(**changes):
        printed(accelerator.url, status=1)
    assert caplog.text == ""
    logging.getLogger("django.request").warning("afterwards")
    assert "afterwards" in caplog.text


def test_what_a_server_says_gives_no_orders_to_the_terminal(accelerator: Accelerator) -> None:
    """Control characters are not printed; one of those that Python's own server lets pass does for all."""
    accelerator.name = "nginx\x9b2J"
    assert "It calls itself 'nginx\\x9b2J'" in printed(accelerator.url)
    assert "nginx?2J sent all 2000 bytes" in printed(accelerator.url)
