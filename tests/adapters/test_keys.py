from __future__ import annotations

import pytest

from downloadable.adapters.keys import segments_of


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a.txt", ["a.txt"]),
        ("2026/july/a.txt", ["2026", "july", "a.txt"]),
        (".hidden/..a/a..", [".hidden", "..a", "a.."]),
        ("a b/ü\n/*?#%", ["a b", "ü\n", "*?#%"]),
    ],
)
@pytest.mark.parametrize("backslash", [True, False])
def test_a_path_downwards_is_split(key: str, expected: list[str], backslash: bool) -> None:
    """Names are whatever stands between two slashes."""
    assert segments_of(key, backslash=backslash) == expected


@pytest.mark.parametrize(
    "key",
    ["", "/", "/a", "a/", "a//b", ".", "./a", "a/.", "..", "../a", "a/../b", "a/..", "a\0", "\0/a"],
)
@pytest.mark.parametrize("backslash", [True, False])
def test_a_path_that_leads_elsewhere_is_none(key: str, backslash: bool) -> None:
    """Nothing leads up or to the top, and no path has a second spelling."""
    assert segments_of(key, backslash=backslash) is None


@pytest.mark.parametrize(
    "key", ["\\", "\\a", "a\\", "a\\\\b", "..\\a", "a\\..\\b", "a/..\\b", "a\\../b", "a\\/b", ".\\a"]
)
def test_a_backslash_leads_elsewhere_where_it_separates(key: str) -> None:
    """The same names are refused between backslashes, alone or mixed with slashes; elsewhere they are part of names."""
    assert segments_of(key, backslash=True) is None
    assert segments_of(key, backslash=False) == key.split("/")


def test_a_backslash_within_a_path_downwards_is_kept() -> None:
    """What leads down either way is split as a path on this system."""
    assert segments_of("a\\b/c", backslash=True) == ["a\\b", "c"]
