"""Names in an archive are safe to unpack anywhere, and each is there once."""

from __future__ import annotations

import pytest

from downloadable.domain.member_names import LONGEST, member_names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("a.txt", "a.txt", id="plain"),
        pytest.param("2024/may/a.txt", "2024/may/a.txt", id="in directories"),
        pytest.param("Grüße aus 東京.txt", "Grüße aus 東京.txt", id="in many letters"),
        pytest.param("../../etc/passwd", "etc/passwd", id="leads up"),
        pytest.param("a/../../b", "a/b", id="leads up half-way"),
        pytest.param("/etc/passwd", "etc/passwd", id="absolute"),
        pytest.param("//server/share/a", "server/share/a", id="network"),
        pytest.param("C:\\Windows\\a.txt", "Windows/a.txt", id="of Windows"),
        pytest.param("C:a.txt", "a.txt", id="relative to a drive"),
        pytest.param("..\\..\\a.txt", "a.txt", id="leads up on Windows"),
        pytest.param("a//./b", "a/b", id="empty segments"),
        pytest.param("a.txt/", "a.txt", id="a directory"),
        pytest.param("a\0b\r\n.txt", "ab.txt", id="controls"),
        pytest.param("gpj.\u202eexe", "gpj.exe", id="other direction"),
        pytest.param("aux/CON.txt", "_aux/_CON.txt", id="devices"),
        pytest.param("a. /b. ", "a/b", id="what Windows drops"),
        pytest.param("a.txt:hidden", "a.txt_hidden", id="stream"),
        pytest.param('a|b*?<>"c.txt', "a_b_____c.txt", id="characters that Windows refuses"),
        pytest.param("", "download", id="empty"),
        pytest.param("../..", "download", id="nothing but up"),
        pytest.param("...", "download", id="dots"),
        pytest.param("\udc80.txt", "\ufffd.txt", id="surrogate"),
    ],
)
def test_a_name_leads_down(name: str, expected: str) -> None:
    """Whatever was asked for becomes a relative path that every system can have."""
    assert list(member_names([name])) == [expected]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["a.txt", "a.txt", "a.txt"], ["a.txt", "a (2).txt", "a (3).txt"], id="the same"),
        pytest.param(["a.txt", "A.TXT"], ["a.txt", "A (2).TXT"], id="in other case"),
        pytest.param(["é", "e\u0301"], ["é", "e\u0301 (2)"], id="composed otherwise"),
        pytest.param(["a (2).txt", "a.txt", "a.txt"], ["a (2).txt", "a.txt", "a (3).txt"], id="taken number"),
        pytest.param([".profile", ".profile"], [".profile", ".profile (2)"], id="hidden"),
        pytest.param(["x/a", "y/a"], ["x/a", "y/a"], id="in other directories"),
        pytest.param(["a", "a/b", "a/c"], ["a", "a (2)/b", "a (2)/c"], id="a file is no directory"),
        pytest.param(["a/b", "a"], ["a/b", "a (2)"], id="a directory is no file"),
        pytest.param(["a", "a (2)", "a/b"], ["a", "a (2)", "a (3)/b"], id="a directory counts on"),
        pytest.param(["a/b", "a/b/c"], ["a/b", "a/b (2)/c"], id="deeper"),
        pytest.param(["../a", "a", "/a"], ["a", "a (2)", "a (3)"], id="the same once they are safe"),
    ],
)
def test_each_name_is_there_once(names: list[str], expected: list[str]) -> None:
    """What would be unpacked over something else gets a number."""
    assert list(member_names(names)) == expected


def test_a_long_path_keeps_its_end() -> None:
    """Directories are left out from the front; the name itself is shortened before its extension."""
    (path,) = member_names(["/".join(["directory"] * 200) + "/" + "a" * 300 + ".txt"])
    assert len(path.encode()) <= LONGEST
    assert path.endswith("a.txt")
    assert path.startswith("directory/")


def test_many_of_one_name_take_no_time() -> None:
    """Ten thousand files of one name are counted once each."""
    names = list(member_names(["a.txt"] * 10_000))
    assert len(set(names)) == 10_000
    assert names[-1] == "a (10000).txt"
