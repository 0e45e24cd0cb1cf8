"""Archives that are made while they are sent: any members, any range, and nothing read that is not needed."""

from __future__ import annotations

import io
import logging
import os
import random
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import override_settings

from downloadable import (
    CachedChecksums,
    HttpSource,
    ZipContent,
    ZipMember,
    ZipSource,
    as_content,
    download_view,
)
from downloadable.adapters.checksums import MemoryChecksums
from downloadable.adapters.local import LocalContent
from downloadable.adapters.memory import MemoryContent
from downloadable.adapters.stored_files import StoredContent
from downloadable.domain import (
    PLAIN_GET,
    ContentChanged,
    ContentError,
    ContentNotFound,
    ContentTruncated,
    DownloadRequest,
    EntityTag,
    Resource,
)
from downloadable.ports import Content, Missing, RemoteUrl
from downloadable.ports.contract import open_descriptors
from tests.adapters.origin import Page, serving
from tests.adapters.serving import answer

DATA = random.Random(7).randbytes(700_001)
CHANGED = datetime(2024, 5, 17, 12, 30, 15, tzinfo=UTC)
TAG = EntityTag("v1")


class Recorded(MemoryContent):
    """Bytes in memory that have a place, and that tell what was read of them."""

    def __init__(self, data: bytes, tag: EntityTag | None = TAG, place: str = "") -> None:
        super().__init__(data, Resource(name="a.bin", entity_tag=tag))
        self.size, self.place = len(data), place
        self.reads: list[tuple[int, int | None]] = []
        self.looks = 0

    def locations(self) -> tuple[RemoteUrl, ...]:
        return (RemoteUrl(self.place),) if self.place else ()

    def describe(self, asked: DownloadRequest) -> Resource:
        self.looks += 1
        return super().describe(asked)

    def read(self, start: int, stop: int | None) -> Iterator[bytes]:
        self.reads.append((start, stop))
        return super().read(start, stop)


def whole(content: Content) -> bytes:
    """Read all of a content; its length is what it has announced."""
    resource = content.describe(PLAIN_GET)
    content.acquire()
    body = b"".join(content.read(0, resource.size))
    assert resource.size in (None, len(body))
    return body


def unzipped(archive: bytes) -> dict[str, bytes]:
    """Unpack an archive, with all checks that Python makes."""
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def fresh(*members: ZipMember) -> ZipContent:
    """Make an archive that remembers nothing from others."""
    return ZipContent("a.zip", members, checksums=MemoryChecksums())


def local(directory: Path) -> Any:
    """Make a file on a disk."""
    (directory / "a.bin").write_bytes(DATA)
    return directory / "a.bin"


def stored(directory: Path) -> Any:
    """Make a file of a storage."""
    storage = FileSystemStorage(directory)
    return StoredContent(storage, storage.save("a.bin", ContentFile(DATA)))


def opened(directory: Path) -> Any:
    """Make a file, and open it."""
    return local(directory).open("rb")


def nested(directory: Path) -> Any:
    """Make an archive of something else."""
    return fresh(ZipMember("inner.bin", DATA, last_modified=CHANGED))


KINDS: dict[str, Callable[[Path], Any]] = {
    "local": local,
    "memory": lambda directory: DATA,
    "text": lambda directory: "Grüße\n" * 1000,
    "empty": lambda directory: b"",
    "storage": stored,
    "open file": opened,
    "archive": nested,
}


@pytest.fixture(params=[None, "before"])
def checked(request: pytest.FixtureRequest) -> bool:
    """Whether checksums are known beforehand."""
    return request.param is not None


class TestMembers:
    """Whatever can be downloaded can be a member."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_any_kind(self, kind: str, tmp_path: Path, checked: bool) -> None:
        """Each kind of content is unpacked as what it is by itself, and every range is the slice of the whole."""
        (tmp_path / "alone").mkdir()
        (tmp_path / "packed").mkdir()
        alone = as_content(KINDS[kind](tmp_path / "alone"))
        expected = whole(alone)
        alone.close()
        crc32 = zlib.crc32(expected) if checked else None
        archive = fresh(
            ZipMember("first.txt", b"first"),
            ZipMember("a.bin", KINDS[kind](tmp_path / "packed"), crc32=crc32),
            ZipMember("last.txt", b"last"),
        )
        body = whole(archive)
        if kind == "archive":
            assert unzipped(unzipped(body)["a.bin"]) == {"inner.bin": DATA}
        else:
            assert unzipped(body) == {"first.txt": b"first", "a.bin": expected, "last.txt": b"last"}
        draw = random.Random(3)
        for _ in range(30):
            start, stop = sorted(draw.sample(range(len(body) + 1), 2))
            assert b"".join(archive.read(start, stop)) == body[start:stop]
        archive.close()

    def test_an_origin(self, tmp_path: Path) -> None:
        """Files of a web server are asked for by one HEAD each, and by one request for the bytes."""
        with serving(
            {"/a.bin": Page(body=DATA, etag='"v1"'), "/b.bin": Page(body=b"b" * 10, etag='"v2"')}
        ) as origin:
            source = HttpSource(f"{origin.url}/", trusted_origins=[origin.url])
            archive = fresh(*(ZipMember(name, source.open(name)) for name in ("a.bin", "b.bin")))
            assert unzipped(whole(archive)) == {"a.bin": DATA, "b.bin": b"b" * 10}
            archive.close()

    def test_a_part_of_an_origin(self) -> None:
        """Of a file of a web server, a range is asked for as such: in one request, which sends nothing else."""
        with serving({"/a.bin": Page(body=DATA, etag='"v1"')}) as origin:
            source = HttpSource(f"{origin.url}/", trusted_origins=[origin.url])
            archive = fresh(ZipMember("a.bin", source.open("a.bin"), crc32=zlib.crc32(DATA)))
            archive.describe(PLAIN_GET)
            assert b"".join(archive.read(1000, 1010)) in DATA
            archive.close()
            asked = [
                (seen.method, seen.fields.get("Range", seen.fields.get("range"))) for seen in origin.seen
            ]
            assert asked == [("HEAD", None), ("GET", "bytes=965-974")]

    def test_no_members(self) -> None:
        """An archive without members is one, too."""
        archive = fresh()
        assert unzipped(whole(archive)) == {}
        assert archive.describe(PLAIN_GET).size == 22

    def test_ten_thousand(self, tmp_path: Path) -> None:
        """Many small members come in few chunks, with one file open at a time."""
        (tmp_path / "a").write_bytes(b"a" * 20)
        before, most = open_descriptors(), 0
        archive = fresh(*(ZipMember("a", tmp_path / "a") for _ in range(3_000)))
        chunks = []
        resource = archive.describe(PLAIN_GET)
        for chunk in archive.read(0, resource.size):
            chunks.append(chunk)
            most = max(most, open_descriptors())
        archive.close()
        assert len(unzipped(b"".join(chunks))) == 3_000
        assert len(chunks) < 10
        assert most <= before + 2
        assert open_descriptors() <= before

    def test_a_generator_of_unknown_length(self) -> None:
        """What is made while it is sent is a member, too; then nobody knows the length, and there are no ranges."""
        archive = fresh(
            ZipMember("a.csv", (f"{n}\n" for n in range(1000))),
            ZipMember("b.txt", b"b"),
            ZipMember("c", iter([b"c"])),
        )
        resource = archive.describe(PLAIN_GET)
        assert (resource.size, resource.seekable, resource.entity_tag) == (None, False, None)
        archive.acquire()
        assert unzipped(b"".join(archive.read(0, None))) == {
            "a.csv": b"".join(b"%d\n" % n for n in range(1000)),
            "b.txt": b"b",
            "c": b"c",
        }

    def test_a_generator_of_known_length(self) -> None:
        """With a size, the whole has one."""
        archive = fresh(ZipMember("a", iter([b"ab", b"c"]), size=3))
        assert unzipped(whole(archive)) == {"a": b"abc"}
        assert archive.describe(PLAIN_GET).seekable is False

    @pytest.mark.parametrize(
        ("pieces", "error"),
        [([b"ab"], ContentTruncated), ([b"abc", b"d"], ContentChanged)],
        ids=["less", "more"],
    )
    def test_a_generator_of_another_length(self, pieces: list[bytes], error: type[ContentError]) -> None:
        """A size that is wrong breaks off: no archive with a wrong member is completed."""
        archive = fresh(ZipMember("a", iter(pieces), size=3))
        resource = archive.describe(PLAIN_GET)
        with pytest.raises(error):
            b"".join(archive.read(0, resource.size))

    def test_a_size_that_is_wrong_is_noticed_at_once(self) -> None:
        """Where the thing knows better, there is no telling what is meant."""
        with pytest.raises(ContentChanged, match="3 bytes, not 4"):
            fresh(ZipMember("a", b"abc", size=4)).describe(PLAIN_GET)

    def test_one_thing_twice(self, tmp_path: Path) -> None:
        """The same content may be under two names."""
        content = LocalContent(local(tmp_path))
        archive = fresh(ZipMember("a", content), ZipMember("b", content))
        assert unzipped(whole(archive)) == {"a": DATA, "b": DATA}
        archive.close()

    def test_one_thing_of_an_origin_twice(self) -> None:
        """So may one that is closed for good until it is looked at again, in any order of ranges."""
        with serving({"/a.bin": Page(body=DATA, etag='"v1"')}) as origin:
            content = HttpSource(f"{origin.url}/", trusted_origins=[origin.url]).open("a.bin")
            archive = fresh(ZipMember("a", content), ZipMember("b", content))
            body = whole(archive)
            assert unzipped(body) == {"a": DATA, "b": DATA}
            archive.describe(PLAIN_GET)
            archive.acquire()
            for start in (len(DATA) + 1000, 1000):
                assert b"".join(archive.read(start, start + 10)) == body[start : start + 10]
            archive.close()

    def test_what_is_missing_is_not_found(self) -> None:
        """An archive that lacks a member is none: 404, before the first byte."""
        with pytest.raises(ContentNotFound):
            fresh(ZipMember("a", b"a"), ZipMember("b", Missing(ContentNotFound("No.")))).describe(PLAIN_GET)

    @pytest.mark.parametrize(
        "facts",
        [{"size": -1}, {"crc32": -1}, {"crc32": 1 << 32}, {"last_modified": datetime(2024, 1, 1)}],  # noqa: DTZ001
    )
    def test_facts_that_cannot_be(self, facts: dict[str, Any]) -> None:
        """A mistake is told where it is made."""
        with pytest.raises(ValueError, match=r"cannot be|is a number|must be aware"):
            ZipMember("a", b"", **facts)

    def test_names_and_times(self) -> None:
        """Names are made safe, and times are the member's or the thing's."""
        archive = fresh(
            ZipMember("../a.txt", MemoryContent.named("x", b"1", last_modified=CHANGED)),
            ZipMember("a.txt", b"2", last_modified=CHANGED),
        )
        with zipfile.ZipFile(io.BytesIO(whole(archive))) as packed:
            assert [(info.filename, info.date_time) for info in packed.infolist()] == [
                ("a.txt", (2024, 5, 17, 12, 30, 14)),
                ("a (2).txt", (2024, 5, 17, 12, 30, 14)),
            ]


class TestRanges:
    """A range costs what it must, and no more."""

    def test_known_checksums_spare_reading(self) -> None:
        """With checksums from rows, only the bytes that were asked for are read."""
        first, second, third = (Recorded(DATA) for _ in range(3))
        archive = fresh(*(ZipMember("a", thing, crc32=zlib.crc32(DATA)) for thing in (first, second, third)))
        resource = archive.describe(PLAIN_GET)
        assert resource.size is not None
        # The middle of the second, and the whole end but for some of the third.
        b"".join(archive.read(len(DATA) + 1000, len(DATA) + 1010))
        b"".join(archive.read(resource.size - 400, resource.size))
        assert (first.reads, len(second.reads), len(third.reads)) == ([], 1, 1)
        ((start, stop),) = second.reads
        assert stop is not None
        assert stop - start == 10

    def test_unknown_checksums_take_reading_once(self) -> None:
        """What the end says of members that lie before takes reading them, once; then it is remembered."""
        things = [Recorded(DATA, place=f"https://files.example/{number}") for number in range(3)]
        archive = fresh(*(ZipMember("a", thing) for thing in things))
        resource = archive.describe(PLAIN_GET)
        assert resource.size is not None
        end = b"".join(archive.read(resource.size - 100, resource.size))
        assert [thing.reads for thing in things] == [[(0, len(DATA))]] * 3
        assert b"".join(archive.read(resource.size - 100, resource.size)) == end
        assert [len(thing.reads) for thing in things] == [1, 1, 1]

    def test_a_range_reads_each_byte_once(self) -> None:
        """From the middle of a member on, its beginning is read for the checksum, and not once more for the rest."""
        thing = Recorded(DATA)
        archive = fresh(ZipMember("a", thing))
        resource = archive.describe(PLAIN_GET)
        assert resource.size is not None
        body = b"".join(archive.read(0, resource.size))
        again = fresh(ZipMember("a", thing))
        again.describe(PLAIN_GET)
        thing.reads.clear()
        assert b"".join(again.read(300_000, resource.size)) == body[300_000:]
        assert thing.reads == [(0, len(DATA))]

    def test_a_range_in_front_reads_nothing_else(self) -> None:
        """Members behind what was asked for are left alone."""
        things = [Recorded(DATA), Recorded(DATA)]
        archive = fresh(*(ZipMember("a", thing) for thing in things))
        archive.describe(PLAIN_GET)
        assert len(b"".join(archive.read(10, 20))) == 10
        assert b"".join(archive.read(10_000, 10_010)) in DATA
        assert (len(things[0].reads), things[1].reads) == (1, [])

    def test_more_than_there_is_is_truncated(self) -> None:
        """Asking for more yields what there is, and then raises."""
        archive = fresh(ZipMember("a", b"a"))
        resource = archive.describe(PLAIN_GET)
        assert resource.size is not None
        got: list[bytes] = []
        with pytest.raises(ContentTruncated):
            got.extend(archive.read(0, resource.size + 1))

    def test_through_the_whole_engine(self) -> None:
        """Ranges, sets of them, If-Range and HEAD are answered as for any content."""
        members = [ZipMember("a", DATA, crc32=zlib.crc32(DATA))]
        status, body, _ = answer(fresh(*members))
        tag = fresh(*members).describe(PLAIN_GET).entity_tag
        assert status == 200
        assert answer(fresh(*members), Range="bytes=10-19", If_Range=str(tag))[:2] == (206, body[10:20])
        assert answer(fresh(*members), Range="bytes=10-19", If_Range='"other"')[:2] == (200, body)
        assert answer(fresh(*members), If_None_Match=str(tag))[0] == 304
        assert answer(fresh(*members), Range=f"bytes={len(body)}-")[0] == 416


class TestChecksums:
    """What was read once is remembered, as long as it is certainly the same."""

    def read_end(self, thing: Any, checksums: Any) -> None:
        archive = ZipContent("a.zip", [ZipMember("a", thing)], checksums=checksums)
        resource = archive.describe(PLAIN_GET)
        assert resource.size is not None
        b"".join(archive.read(resource.size - 30, resource.size))
        archive.close()

    @pytest.mark.parametrize(
        ("first", "second", "reads"),
        [
            pytest.param(("https://a.example/a", TAG), ("https://a.example/a", TAG), 0, id="the same"),
            pytest.param(("https://a.example/a", TAG), ("https://b.example/a", TAG), 1, id="elsewhere"),
            pytest.param(
                ("https://a.example/a", TAG), ("https://a.example/a", EntityTag("v2")), 1, id="changed"
            ),
            pytest.param(("", TAG), ("", TAG), 1, id="nobody knows where"),
            pytest.param(
                ("https://a.example/a", EntityTag("v1", weak=True)),
                ("https://a.example/a", EntityTag("v1", weak=True)),
                1,
                id="only alike",
            ),
        ],
    )
    def test_only_the_same_bytes(self, first: Any, second: Any, reads: int) -> None:
        """A checksum is used again for the same place with the same strong tag, and for nothing else."""
        checksums = MemoryChecksums()
        self.read_end(Recorded(DATA, first[1], first[0]), checksums)
        other = Recorded(DATA[::-1], second[1], second[0])
        self.read_end(other, checksums)
        assert len(other.reads) == reads

    def test_a_digest_is_enough(self) -> None:
        """Bytes with the same digest are the same, wherever they are."""
        checksums = MemoryChecksums()
        resource = Resource(name="a", digests=[("sha-256", b"1" * 32)])
        self.read_end(MemoryContent(DATA, resource), checksums)
        (key,) = checksums._known
        assert checksums.get(key) == zlib.crc32(DATA)

    def test_what_was_remembered_and_is_wrong_breaks_off(self) -> None:
        """A member that reads otherwise than it did is noticed when it is read as a whole."""
        checksums = MemoryChecksums()
        self.read_end(Recorded(DATA, place="https://a.example/a"), checksums)
        archive = ZipContent(
            "a.zip", [ZipMember("a", Recorded(DATA[::-1], place="https://a.example/a"))], checksums=checksums
        )
        resource = archive.describe(PLAIN_GET)
        b"".join(archive.read(0, 1000))
        assert resource.size is not None
        b"".join(archive.read(resource.size - 30, resource.size))  # which takes what is remembered
        with pytest.raises(ContentChanged, match="checksum"):
            b"".join(archive.read(0, resource.size))

    def test_the_oldest_are_forgotten(self) -> None:
        """Memory is bounded."""
        checksums = MemoryChecksums(limit=2)
        for number, key in enumerate("abacd"):
            checksums.put(key, number)
        assert [checksums.get(key) for key in "abcd"] == [None, None, 3, 4]

    def test_what_is_used_stays(self) -> None:
        """Being asked for counts as being used."""
        checksums = MemoryChecksums(limit=2)
        checksums.put("a", 1)
        checksums.put("b", 2)
        assert checksums.get("a") == 1
        checksums.put("c", 3)
        assert (checksums.get("a"), checksums.get("b")) == (1, None)

    def test_a_cache_of_django(self) -> None:
        """All processes of a project share what one of them has read."""
        caches["default"].clear()
        thing = Recorded(DATA, place="https://a.example/a")
        self.read_end(thing, CachedChecksums())
        self.read_end(thing, CachedChecksums())
        assert len(thing.reads) == 1
        caches["default"].clear()

    def test_a_cache_with_nonsense(self) -> None:
        """What somebody else has put there is not taken for a checksum."""
        for nonsense in (-1, 1 << 32, "1", None):
            caches["default"].set("downloadable.crc32.a", nonsense)
            assert CachedChecksums(lifetime=None).get("a") is None

    @override_settings(
        CACHES={"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "no_table"}}
    )
    def test_a_cache_out_of_reach(self, caplog: pytest.LogCaptureFixture) -> None:
        """The archive is made all the same, and the log says why that took longer."""
        with caplog.at_level(logging.WARNING, "downloadable"):
            self.read_end(Recorded(DATA, place="https://a.example/a"), CachedChecksums())
        assert ["cannot be asked" in message for message in caplog.messages] == [True, False]


class TestValidators:
    """The bytes follow from the members, and so does the tag."""

    def tag_of(self, *members: ZipMember) -> EntityTag | None:
        return fresh(*members).describe(PLAIN_GET).entity_tag

    def test_the_same_members_have_the_same_tag_and_bytes(self, tmp_path: Path) -> None:
        """Made anew, by another process at another time, it is the same archive."""
        path = local(tmp_path)
        members = [ZipMember("a", path), ZipMember("b", b"b")]
        assert self.tag_of(*members) == self.tag_of(*members)
        assert whole(fresh(*members)) == whole(fresh(*members))

    @pytest.mark.parametrize(
        "other",
        [
            [ZipMember("b", b"a"), ZipMember("b", b"b")],
            [ZipMember("a", b"x"), ZipMember("b", b"b")],
            [ZipMember("b", b"b"), ZipMember("a", b"a")],
            [ZipMember("a", b"a")],
            [ZipMember("a", b"a", crc32=zlib.crc32(b"a")), ZipMember("b", b"b")],
            [ZipMember("a", b"a", last_modified=CHANGED), ZipMember("b", b"b")],
        ],
        ids=["name", "bytes", "order", "fewer", "checksum", "time"],
    )
    def test_any_difference_shows(self, other: list[ZipMember]) -> None:
        """Whatever makes other bytes makes another tag."""
        members = [ZipMember("a", b"a"), ZipMember("b", b"b")]
        assert whole(fresh(*members)) != whole(fresh(*other))
        assert self.tag_of(*members) != self.tag_of(*other)

    @pytest.mark.parametrize(
        ("facts", "crc32", "expected"),
        [
            pytest.param({"entity_tag": TAG}, None, "strong", id="strong tag"),
            pytest.param({"digests": [("sha-256", b"1" * 32)]}, None, "strong", id="digest"),
            pytest.param({}, 1, "strong", id="checksum"),
            pytest.param({"entity_tag": EntityTag("v1", weak=True)}, None, "weak", id="weak tag"),
            pytest.param({"last_modified": CHANGED}, None, "weak", id="date"),
            pytest.param({}, None, None, id="nothing"),
        ],
    )
    def test_as_strong_as_the_weakest(
        self, facts: dict[str, Any], crc32: int | None, expected: str | None
    ) -> None:
        """The tag is strong if all members have something that is; there is none without."""
        thing = MemoryContent(DATA, Resource(name="a", **facts))
        tag = self.tag_of(ZipMember("a", b"strong"), ZipMember("b", thing, crc32=crc32))
        assert tag is None if expected is None else tag is not None and tag.weak is (expected == "weak")

    def test_rows_spare_looks(self, tmp_path: Path) -> None:
        """Members that know their size and a digest are not looked at before they are read."""
        storage = FileSystemStorage(tmp_path)
        row = Resource(name="a", size=3, digests=[("sha-256", b"1" * 32)], last_modified=CHANGED)
        archive = fresh(ZipMember("a", StoredContent(storage, "missing", row), crc32=1))
        assert archive.describe(PLAIN_GET).size is not None
        with pytest.raises(ContentNotFound):
            archive.acquire()


class TestChanges:
    """What changes on the way is noticed, and no wrong archive is completed."""

    def test_between_two_downloads(self, tmp_path: Path) -> None:
        """Another tag: whoever resumes gets the whole anew."""
        path = local(tmp_path)
        tag = fresh(ZipMember("a", path)).describe(PLAIN_GET).entity_tag
        path.write_bytes(DATA[::-1])
        os.utime(path, ns=(1, 1))
        assert answer(fresh(ZipMember("a", path)), Range="bytes=10-", If_Range=str(tag))[0] == 200

    @pytest.mark.parametrize("change", ["replaced", "shorter", "removed"])
    def test_after_it_was_begun(self, tmp_path: Path, change: str) -> None:
        """A member that is no longer what was announced when its turn comes breaks off."""
        (tmp_path / "first").write_bytes(DATA)
        path = tmp_path / "second"
        path.write_bytes(DATA)
        archive = fresh(ZipMember("a", tmp_path / "first"), ZipMember("b", path))
        resource = archive.describe(PLAIN_GET)
        archive.acquire()
        chunks = archive.read(0, resource.size)
        next(chunks)
        if change == "removed":
            path.unlink()
        else:
            (tmp_path / "new").write_bytes(DATA[::-1] if change == "replaced" else DATA[:10])
            (tmp_path / "new").replace(path)
        with pytest.raises(ContentError):
            b"".join(chunks)
        archive.close()

    def test_a_row_that_is_wrong(self, tmp_path: Path) -> None:
        """A checksum of the row that the file does not have is noticed when the file was read."""
        archive = fresh(ZipMember("a", local(tmp_path), crc32=zlib.crc32(DATA) ^ 1))
        resource = archive.describe(PLAIN_GET)
        with pytest.raises(ContentChanged, match="checksum"):
            b"".join(archive.read(0, resource.size))

    def test_when_it_is_looked_at_once_more(self, tmp_path: Path) -> None:
        """A range that goes back to a member finds the same version, or none."""
        path = local(tmp_path)
        archive = fresh(ZipMember("a", path))
        size = archive.describe(PLAIN_GET).size
        assert b"".join(archive.read(100, 110)) == b"".join(archive.read(100, 110))
        (tmp_path / "new").write_bytes(DATA[::-1])
        (tmp_path / "new").replace(path)
        with pytest.raises(ContentChanged):
            b"".join(archive.read(0, size))
        archive.close()


class TestClosing:
    """What was opened is closed."""

    def test_half_read(self, tmp_path: Path) -> None:
        """Closing in the middle lets go of the member that is open, also from another thread."""
        before = open_descriptors()
        archive = fresh(ZipMember("a", local(tmp_path)), ZipMember("b", tmp_path / "a.bin"))
        resource = archive.describe(PLAIN_GET)
        archive.acquire()
        chunks = archive.read(0, resource.size)
        next(chunks)
        closer = threading.Thread(target=archive.close)
        closer.start()
        closer.join()
        archive.close()
        with pytest.raises(ContentError):
            b"".join(chunks)
        assert open_descriptors() <= before

    def test_giving_up(self) -> None:
        """Nobody waits for a member any longer; no other is begun."""
        given_up: list[bool] = []

        class Waiting(MemoryContent):
            def give_up(self) -> None:
                given_up.append(True)

        archive = fresh(ZipMember("a", Waiting(b"a")), ZipMember("b", b"b"))
        archive.describe(PLAIN_GET)
        archive.give_up()
        assert given_up == [True]
        with pytest.raises(ContentError):
            b"".join(archive.read(0, None))

    def test_what_members_do_is_told(self) -> None:
        """How often reading went on by another request, and whether the database is needed, are those of all."""

        class Counting(MemoryContent):
            resumed = 2
            keeps_database = True

        archive = fresh(ZipMember("a", Counting(b"a")), ZipMember("b", b"b"))
        assert (archive.resumed, archive.keeps_database) == (0, True)
        archive.describe(PLAIN_GET)
        assert archive.resumed == 2


class TestSource:
    """Archives as a view."""

    def test_a_view(self, rf: Any) -> None:
        """The factory turns what knows the members into a download that resumes."""
        view = download_view(
            ZipSource(lambda key: [ZipMember(f"{key}.txt", b"a" * 100)], name=lambda key: f"{key}.zip")
        )
        response = view(rf.get("/"), path="x")
        body = response.getvalue()
        assert response.headers["Content-Disposition"] == 'attachment; filename="x.zip"'
        assert response.headers["Content-Type"] == "application/zip"
        assert unzipped(body) == {"x.txt": b"a" * 100}
        part = view(
            rf.get("/", headers={"Range": "bytes=50-", "If-Range": response.headers["ETag"]}), path="x"
        )
        assert (part.status_code, part.getvalue()) == (206, body[50:])

    def test_nothing_under_a_key(self, rf: Any) -> None:
        """Who knows the members may know of none."""
        from django.http import Http404

        def members_of(key: str) -> list[ZipMember]:
            raise ContentNotFound(key)

        with pytest.raises(Http404):
            download_view(ZipSource(members_of))(rf.get("/"), path="x")
