from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from downloadable.adapters.local import LocalContent, LocalSource
from downloadable.adapters.roots import CannotSend, Roots
from downloadable.ports import LocalFile, StoredFile


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Lay out a disk: media with a private part, its neighbour with a longer name, and links of all kinds."""
    for name in ("media/a.txt", "media/private/b.txt", "media-private/c.txt", "outside/d.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "alias").symlink_to("media")
    (tmp_path / "media/inside").symlink_to("a.txt")
    (tmp_path / "media/folder").symlink_to("private")
    (tmp_path / "media/chain").symlink_to("inside")
    (tmp_path / "media/leaving").symlink_to("../outside/d.txt")
    (tmp_path / "media/leaving-folder").symlink_to("../outside")
    (tmp_path / "media/long-way").symlink_to("leaving")
    (tmp_path / "media/neighbour").symlink_to("../media-private/c.txt")
    (tmp_path / "media/nowhere").symlink_to("no-such-file")
    (tmp_path / "media/round").symlink_to("round")
    (tmp_path / "outside/in").symlink_to("../media/private/b.txt")
    os.mkfifo(tmp_path / "media/fifo")
    return tmp_path


def below(tree: Path, path: str, **targets: str) -> str:
    """Say what the server knows *path* by, where *targets* are the roots in *tree*."""
    roots = Roots({tree / root.replace("_", "/"): target for root, target in targets.items()}, uris=True)
    return roots.of_file(LocalFile(tree / path))


FOUND: list[Any] = [
    pytest.param("media/a.txt", {"media": "/m"}, "/m/a.txt", id="a file"),
    pytest.param("media/a.txt", {"media": "/m/"}, "/m/a.txt", id="a target with a slash"),
    pytest.param("media/a.txt", {"media": "/"}, "/a.txt", id="a target that is the top"),
    pytest.param("media/a.txt", {"media": "/m/n o"}, "/m/n o/a.txt", id="a target of two segments"),
    pytest.param("media/private/b.txt", {"media": "/m"}, "/m/private/b.txt", id="deeper"),
    pytest.param(
        "media/private/b.txt", {"media": "/m", "media_private": "/p"}, "/p/b.txt", id="the innermost"
    ),
    pytest.param(
        "media/private/b.txt", {"media_private": "/p", "media": "/m"}, "/p/b.txt", id="in any order"
    ),
    pytest.param("media/a.txt", {"outside": "/o", "media": "/m"}, "/m/a.txt", id="one of several"),
    pytest.param("media-private/c.txt", {"media": "/m", "media-private": "/p"}, "/p/c.txt", id="neighbours"),
    pytest.param("alias/a.txt", {"alias": "/m"}, "/m/a.txt", id="a root that is a link"),
    pytest.param("media/a.txt", {"alias": "/m"}, "/m/a.txt", id="resolved, below a root that is a link"),
    pytest.param("alias/a.txt", {"media": "/m"}, "/m/a.txt", id="through a link to the root"),
    pytest.param(
        "alias/private/b.txt", {"media": "/m", "media_private": "/p"}, "/p/b.txt", id="and to the innermost"
    ),
    pytest.param("media/inside", {"media": "/m"}, "/m/inside", id="a link inside"),
    pytest.param(
        "media/folder/b.txt", {"media": "/m"}, "/m/folder/b.txt", id="a folder that is a link inside"
    ),
    pytest.param("media/chain", {"media": "/m"}, "/m/chain", id="a chain of links inside"),
    pytest.param("outside/in", {"media": "/m"}, "/m/private/b.txt", id="a link from outside into the root"),
]
REFUSED: list[Any] = [
    pytest.param("media-private/c.txt", {"media": "/m"}, "below none", id="a neighbour with a longer name"),
    pytest.param("outside/d.txt", {"media": "/m"}, "below none", id="outside"),
    pytest.param("media", {"media": "/m"}, "below none", id="the root itself"),
    pytest.param("media/leaving", {"media": "/m"}, "leads out", id="a link that leaves"),
    pytest.param("media/leaving-folder/d.txt", {"media": "/m"}, "leads out", id="a folder that leaves"),
    pytest.param("media/long-way", {"media": "/m"}, "leads out", id="a chain that leaves"),
    pytest.param("media/neighbour", {"media": "/m"}, "leads out", id="a link to the neighbour"),
    pytest.param("media/leaving", {"media": "/m", "outside": "/o"}, "leads out", id="a link to another root"),
    pytest.param("media/private", {"media": "/m"}, "not a regular file", id="a folder"),
    pytest.param("media/folder", {"media": "/m"}, "not a regular file", id="a link to a folder"),
    pytest.param("media/fifo", {"media": "/m"}, "not a regular file", id="a FIFO"),
    pytest.param("media/a\0.txt", {"media": "/m"}, "segment", id="NUL"),
    pytest.param("elsewhere/a\0.txt", {"media": "/m"}, "no file has such a name", id="NUL elsewhere"),
    pytest.param("media/../media/a.txt", {"media": "/m"}, "segment", id="up and down"),
]


@pytest.mark.parametrize(("path", "targets", "expected"), FOUND)
def test_a_file_below_a_root(tree: Path, path: str, targets: dict[str, str], expected: str) -> None:
    """A file is known to the server by the innermost root that it is in, whichever way leads there."""
    assert below(tree, path, **targets) == expected


@pytest.mark.parametrize(("path", "targets", "why"), REFUSED)
def test_a_file_that_is_not_handed_over(tree: Path, path: str, targets: dict[str, str], why: str) -> None:
    """What is not plainly a file below a root is not for the server."""
    with pytest.raises(CannotSend, match=why):
        # Not as a Path, which would tidy the dots up.
        Roots({tree / root: target for root, target in targets.items()}, uris=True).of_file(
            LocalFile(f"{tree}/{path}")
        )


@pytest.mark.parametrize("path", ["media/none", "media/nowhere", "media/none/a.txt"])
def test_a_file_that_does_not_exist(tree: Path, path: str) -> None:
    """That there is no file is for others to say, with a status."""
    with pytest.raises(FileNotFoundError):
        below(tree, path, media="/m")


def test_a_link_to_itself(tree: Path) -> None:
    """A link that goes nowhere ends in an error of the system, not in a loop."""
    with pytest.raises(OSError, match="Too many levels"):
        below(tree, "media/round", media="/m")


def test_the_whole_disk_as_a_root(tree: Path) -> None:
    """With the top of the disk as a root, all links stay below it."""
    roots = Roots(["/"])
    assert roots.of_file(LocalFile(tree / "media/a.txt")) == f"{tree}/media/a.txt"
    assert roots.of_file(LocalFile(tree / "media/leaving")) == f"{tree}/media/leaving"


def test_directories_that_both_know_by_the_same_name(tree: Path) -> None:
    """A list of directories stands for itself."""
    roots = Roots([tree / "media", f"{tree}/outside/"])
    assert roots.of_file(LocalFile(tree / "media/a.txt")) == f"{tree}/media/a.txt"
    assert roots.of_file(LocalFile(tree / "outside/d.txt")) == f"{tree}/outside/d.txt"


def test_the_names_are_not_touched(tmp_path: Path) -> None:
    """Composed and decomposed accents are different names, and are told as they are on the disk."""
    for name in ("n\u00e9", "ne\u0301", "日本語", " a b ", "100%", "a?b", "a\\b", "a\nb"):
        (tmp_path / name).write_bytes(b"")
        assert Roots({tmp_path: "/m"}, uris=True).of_file(LocalFile(tmp_path / name)) == f"/m/{name}"


# What the content may not leave


@pytest.mark.parametrize(
    ("root", "key", "why"),
    [
        pytest.param("media/private", "up.txt", "leads out of", id="within the root of the server"),
        pytest.param("outside", "in", "leads out of", id="from outside into the root of the server"),
    ],
)
def test_a_content_that_is_confined_deeper(tree: Path, root: str, key: str, why: str) -> None:
    """A link that leaves the root of a source is not handed over, although the server could send what it leads to."""
    (tree / "media/private/up.txt").symlink_to("../a.txt")
    content = LocalSource(tree / root).open(key)
    (location,) = content.locations()
    assert isinstance(location, LocalFile)
    with pytest.raises(CannotSend, match=why):
        Roots({tree / "media": "/m"}, uris=True).of_file(location)
    # The very same without a root of its own would be handed over.
    (free,) = LocalContent(tree / root / key).locations()
    assert isinstance(free, LocalFile)
    assert Roots({tree / "media": "/m"}, uris=True).of_file(free).startswith("/m/")


@pytest.mark.parametrize(
    ("root", "found"),
    [
        pytest.param("media/leaving-folder", None, id="a link that leaves"),
        pytest.param("media/folder", "/f/b.txt", id="a link that stays"),
        pytest.param("media/private", "/f/b.txt", id="no link"),
    ],
)
def test_a_content_that_is_confined_above_the_root(tree: Path, root: str, found: str | None) -> None:
    """A root of the server may itself be a link in the root of a source, and lead out of that."""
    content = LocalSource(tree / "media").open(
        f"{root.removeprefix('media/')}/{'b.txt' if found else 'd.txt'}"
    )
    (location,) = content.locations()
    assert isinstance(location, LocalFile)
    roots = Roots({tree / root: "/f"}, uris=True)
    if found is not None:
        assert roots.of_file(location) == found
        return
    with pytest.raises(CannotSend, match="leads out of"):
        roots.of_file(location)
    assert roots.of_file(LocalFile(location.path)) == "/f/d.txt"


def test_a_content_that_is_confined_at_the_same_place(tree: Path) -> None:
    """A link that stays below both roots is handed over."""
    (location,) = LocalSource(tree / "media").open("folder/b.txt").locations()
    assert isinstance(location, LocalFile)
    assert Roots({tree / "media": "/m"}, uris=True).of_file(location) == "/m/folder/b.txt"


# What it costs


def test_one_look_at_each_segment(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file below a root costs one lstat for each segment of its path below the root; nothing is opened."""
    roots = Roots({tree / "media": "/m"}, uris=True)
    looks: list[str] = []

    def lstat(path: str) -> os.stat_result:
        looks.append(path)
        return Path(path).lstat()  # which is another function

    monkeypatch.setattr(os, "lstat", lstat)
    assert roots.of_file(LocalFile(tree / "media/private/b.txt")) == "/m/private/b.txt"
    assert looks == [f"{tree}/media/private", f"{tree}/media/private/b.txt"]


# Storages


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("a.txt", "/s/a.txt", id="a name"),
        pytest.param("2024/05/a b?.txt", "/s/2024/05/a b?.txt", id="an awkward one"),
        pytest.param("a\\b.txt", "/s/a\\b.txt", id="a backslash"),
    ],
)
def test_a_file_of_a_storage(name: str, expected: str) -> None:
    """A storage that Django cannot see is known by its alias; its files are not looked at."""
    assert Roots({"archive": "/s/"}, uris=True).of_stored(StoredFile("archive", name), None) == expected


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/../b", "a//b", "/a", "a/", "./a", "a\0"])
def test_a_name_that_could_lead_elsewhere(name: str) -> None:
    """A name with an empty segment or dots is not for the server."""
    with pytest.raises(CannotSend, match="segment"):
        Roots({"archive": "/s"}, uris=True).of_stored(StoredFile("archive", name), None)


def test_another_storage() -> None:
    """What is not among the roots is not for the server."""
    with pytest.raises(CannotSend, match="'other' is not among the roots"):
        Roots({"archive": "/s"}, uris=True).of_stored(StoredFile("other", "a.txt"), None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("a.txt", "/s/a.txt", id="a file"),
        pytest.param("private/b.txt", "/s/private/b.txt", id="deeper"),
        pytest.param("inside", "/s/inside", id="a link inside"),
    ],
)
def test_a_storage_that_is_here(tree: Path, name: str, expected: str) -> None:
    """A file of a storage that is a directory is looked at, from the storage's own directory on."""
    roots = Roots({"archive": "/s"}, uris=True)
    local = LocalFile(tree / "media" / name)
    assert roots.of_stored(StoredFile("archive", name), local) == expected


@pytest.mark.parametrize(
    ("name", "path", "why"),
    [
        pytest.param("leaving", "media/leaving", "leads out", id="a link that leaves"),
        pytest.param("private", "media/private", "not a regular file", id="a folder"),
        pytest.param("b.txt", "media/a.txt", "under another name", id="another name"),
        pytest.param("xa.txt", "media/a.txt", "under another name", id="a longer name"),
    ],
)
def test_a_storage_that_is_here_refuses(tree: Path, name: str, path: str, why: str) -> None:
    """What leads out of the storage is not for the server."""
    with pytest.raises(CannotSend, match=why):
        Roots({"archive": "/s"}, uris=True).of_stored(StoredFile("archive", name), LocalFile(tree / path))


# URL prefixes


@pytest.mark.parametrize(
    ("prefix", "url", "expected"),
    [
        pytest.param("https://h/", "https://h/a.txt", "/r/a.txt", id="a file"),
        pytest.param("https://h", "https://h/a.txt", "/r/a.txt", id="without a slash"),
        pytest.param("https://h/p", "https://h/p/a.txt", "/r/a.txt", id="a path"),
        pytest.param("https://h/p/", "https://h/p/", "/r/", id="the prefix itself"),
        pytest.param("https://h/", "https://h:443/a", "/r/a", id="the usual port"),
        pytest.param("http://h:80/", "http://h/a", "/r/a", id="the usual port left out"),
        pytest.param("http://h:9000/", "http://h:9000/a", "/r/a", id="another port"),
        pytest.param("HTTPS://Host.Example/", "https://hOST.example/a", "/r/a", id="case of host and scheme"),
        pytest.param("http://[::1]:9000/", "http://[::1]:9000/a", "/r/a", id="an address"),
        pytest.param("https://h/", "https://h/a%20b%3F%25.txt", "/r/a%20b%3F%25.txt", id="encoded as it is"),
        pytest.param("https://h/", "https://h/a b", "/r/a%20b", id="what is not encoded"),
        pytest.param("https://h/", "https://h/日", "/r/%E6%97%A5", id="nor in ASCII"),
        pytest.param("https://h/", "https://h/a?X-Sig=1%2F2&b=c/d", "/r/a?X-Sig=1%2F2&b=c/d", id="a query"),
        pytest.param("https://h/", "https://h/a?b=../../c", "/r/a?b=../../c", id="dots in a query"),
        pytest.param("https://h/", "https://h/a#b", "/r/a", id="a fragment"),
        pytest.param("https://h/", "https://h/a?b#c", "/r/a?b", id="a fragment after a query"),
        pytest.param("https://h/", "https://h/..a/b..", "/r/..a/b..", id="dots in names"),
        pytest.param("https://h/", "https://h/a\nb", "/r/a%0Ab", id="a line break"),
    ],
)
def test_a_url_below_a_prefix(prefix: str, url: str, expected: str) -> None:
    """A URL is known by the prefix of its origin and path, encoded once and only once."""
    assert Roots({prefix: "/r/"}, uris=True, urls=True).of_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://h/p/a", id="another scheme"),
        pytest.param("https://h:444/p/a", id="another port"),
        pytest.param("https://h:0/p/a", id="no port"),
        pytest.param("https://h.evil.example/p/a", id="a longer host"),
        pytest.param("https://x.h/p/a", id="a host within"),
        pytest.param("https://h/px/a", id="a longer segment"),
        pytest.param("https://h/p", id="no segment"),
        pytest.param("https://h/q/../p/a", id="another spelling"),
        pytest.param("https://user@h/p/a", id="a user"),
        pytest.param("https://h@evil.example/p/a", id="the host as a user"),
        pytest.param("https://h:port/p/a", id="a port that is none"),
        pytest.param("ftp://h:443/p/a", id="no http"),
        pytest.param("/p/a", id="no origin"),
    ],
)
def test_a_url_below_no_prefix(url: str) -> None:
    """Origins are compared as a whole, and paths by their segments."""
    with pytest.raises(CannotSend, match="below none of the URL prefixes"):
        Roots({"https://h/p": "/r"}, uris=True, urls=True).of_url(url)


@pytest.mark.parametrize(
    "path",
    [
        "../a",
        "a/..",
        "a/../../b",
        "%2e%2e/a",
        "%2E%2e/a",
        ".%2e/a",
        "%2e/a",
        "a%2f..%2fb",
        "a%2F%2e%2E",
        "a//b",
        "a/",
        "..\\a",
        "a%5C..%5cb",
        "a%00b",
    ],
)
def test_a_url_that_climbs(path: str) -> None:
    """What a server may take for a way out of the prefix is not for it, however it is encoded."""
    with pytest.raises(CannotSend, match="segment"):
        Roots({"https://h/p": "/r"}, uris=True, urls=True).of_url(f"https://h/p/{path}")


def test_prefixes_within_prefixes() -> None:
    """Of prefixes within prefixes, the innermost counts."""
    roots = Roots({"https://h/": "/all", "https://h/a/b/": "/b", "https://h/a": "/a"}, uris=True, urls=True)
    assert roots.of_url("https://h/a/b/c") == "/b/c"
    assert roots.of_url("https://h/a/bc") == "/a/bc"
    assert roots.of_url("https://h/c") == "/all/c"


def test_a_target_is_no_part_of_the_url() -> None:
    """The URI of a location is spelled as a name, whatever is in it."""
    roots = Roots({"https://h/": "/a ?%/"}, uris=True, urls=True)
    assert roots.of_url("https://h/b?c") == "/a%20%3F%25/b?c"


def test_the_query_is_not_told() -> None:
    """A signature is a secret, and no part of what the log gets."""
    with pytest.raises(CannotSend) as refused:
        Roots({"https://h/p": "/r"}, uris=True, urls=True).of_url("https://h/a?X-Sig=secret")
    assert "secret" not in str(refused.value)


# What cannot be meant


@pytest.mark.parametrize(
    ("given", "why"),
    [
        pytest.param("/srv/media", "write", id="one text"),
        pytest.param(Path("/srv/media"), "write", id="one path"),
        pytest.param(["/srv/media"], "must say which URI", id="no targets"),
        pytest.param({"/srv/media": "m"}, "begins with '/'", id="a relative target"),
        pytest.param({"/srv/media": ""}, "begins with '/'", id="an empty target"),
        pytest.param({"/srv/media": None}, "begins with '/'", id="no target"),
        pytest.param({"/srv/media": "/m\n"}, "begins with '/'", id="a control character"),
        pytest.param({"/srv/media": "/m/../n"}, "segment", id="dots in a target"),
        pytest.param({"/srv/media": "/m//n"}, "segment", id="an empty segment"),
        pytest.param({"/srv/media": "//m"}, "segment", id="an empty first segment"),
        pytest.param({"/srv/media": "//"}, "segment", id="nothing but slashes"),
        pytest.param({"srv/media": "/m"}, "no absolute path", id="a relative path"),
        pytest.param({Path("media"): "/m"}, "no absolute path", id="a relative path of one segment"),
        pytest.param({"": "/m"}, "no absolute path", id="no path"),
        pytest.param({"..": "/m"}, "no absolute path", id="dots"),
        pytest.param({"https:///a": "/m"}, "no prefix", id="no host"),
        pytest.param({"https://user:pw@h/": "/m"}, "no prefix", id="a user"),
        pytest.param({"https://h/?a": "/m"}, "no prefix", id="a query"),
        pytest.param({"https://h/#a": "/m"}, "no prefix", id="a fragment"),
        pytest.param({"ftp://h:21/": "/m"}, "no prefix", id="another scheme"),
        pytest.param({"https://h:port/": "/m"}, "no prefix", id="a port that is none"),
        pytest.param({"https://h/a/../b": "/m"}, "no prefix", id="dots in a prefix"),
    ],
)
def test_a_root_that_cannot_be_meant(given: Any, why: str) -> None:
    """A mistake in the roots is told when they are made."""
    with pytest.raises(ValueError, match=why):
        Roots(given, uris=True, urls=True)


def test_a_list_of_relative_paths() -> None:
    """A directory that stands for itself must be one for the server, too."""
    with pytest.raises(ValueError, match="begins with '/'"):
        Roots(["media"])


def test_a_url_for_a_server_that_fetches_nothing() -> None:
    """Only some servers fetch from others."""
    with pytest.raises(ValueError, match="files of its own only"):
        Roots({"https://h/": "/m"}, uris=True)


def test_how_roots_are_shown() -> None:
    """Roots are shown as they were given, so that whoever reads the log knows which they are."""
    assert repr(Roots({"/srv/media": "/m/"}, uris=True)) == "{'/srv/media': '/m/'}"
    assert str(CannotSend("'a'", "it is none")) == "'a': it is none"
