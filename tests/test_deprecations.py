"""What is deprecated warns where it is used, long enough, and goes when it was said to."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

import pytest

import downloadable
from downloadable.domain.deprecation import DownloadableDeprecationWarning, warn_deprecated

ROOT = Path(__file__).parents[1]


def release(version: str) -> tuple[int, int]:
    """Major and minor version."""
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def mistake(since: str, until: str, now: str) -> str | None:
    """Say what is wrong with a deprecation, by ``docs/support.md``."""
    (major, minor), last = release(since), release(until)
    if last[0] == major and last[1] < minor + 2:
        return "goes before it has warned for two minor versions"
    if last[0] < major:
        return "goes before it warns"
    return "should be gone" if last <= release(now) else None


def announced() -> list[tuple[str, dict[str, str]]]:
    """Find each call of ``warn_deprecated`` in the package, with what it says."""
    found = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and "warn_deprecated" in ast.unparse(node.func):
                said = {
                    one.arg: str(ast.literal_eval(one.value))
                    for one in node.keywords
                    if one.arg in {"since", "until"}
                }
                found.append(
                    (
                        f"{path.relative_to(ROOT)}:{node.lineno}",
                        {str(name): one for name, one in said.items()},
                    )
                )
    return found


@pytest.mark.parametrize(
    ("since", "until", "now", "expected"),
    [
        pytest.param("0.2.0", "0.4.0", "0.2.0", None, id="two minor versions"),
        pytest.param("0.9.0", "1.0.0", "0.9.1", None, id="the next major version"),
        pytest.param(
            "0.2.0", "0.3.0", "0.2.0", "goes before it has warned for two minor versions", id="too soon"
        ),
        pytest.param("1.2.0", "0.9.0", "1.2.0", "goes before it warns", id="backwards"),
        pytest.param("0.2.0", "0.4.0", "0.4.0", "should be gone", id="overdue"),
    ],
)
def test_the_rule(since: str, until: str, now: str, expected: str | None) -> None:
    """A name warns in at least two minor versions, or to the next major one, and then is gone."""
    assert mistake(since, until, now) == expected


def test_each_deprecation_keeps_to_the_rule() -> None:
    """What the package deprecates goes neither too soon nor too late."""
    wrong = {place: mistake(**said, now=downloadable.__version__) for place, said in announced()}
    assert {place: what for place, what in wrong.items() if what} == {}


def test_the_users_line_is_named() -> None:
    """The warning is of a class of its own, a DeprecationWarning, says what to do, and points at the user's line."""

    def old() -> None:
        warn_deprecated("old()", since="0.2", until="0.4", instead="new()")

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        old()
    (warning,) = caught
    assert warning.category is DownloadableDeprecationWarning
    assert issubclass(DownloadableDeprecationWarning, DeprecationWarning)
    assert str(warning.message) == "old() is deprecated since downloadable 0.2 and goes in 0.4; use new()."
    assert (warning.filename, warning.lineno) == (__file__, old_was_called_at())


def old_was_called_at() -> int:
    """Find the line above on which a user calls what is old."""
    lines = Path(__file__).read_text().splitlines()
    return lines.index("        old()") + 1
