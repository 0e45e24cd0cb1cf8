"""What is tried on all that reads where something is, or what others tell of it: origins, stores, rows, links."""

from __future__ import annotations

import io
import json
import os
import posixpath
import tarfile
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from attrs import define
from requests.structures import CaseInsensitiveDict

from downloadable.adapters.delegating import encoded, raw
from downloadable.adapters.filesystems import info_of_answer
from downloadable.adapters.fsspec import FsspecSource
from downloadable.adapters.http import below
from downloadable.adapters.http.failures import error_of
from downloadable.adapters.http.origins import allowed, origin_of, redirected, shown
from downloadable.adapters.keys import segments_of
from downloadable.adapters.native.s3 import Lowered, digests_of
from downloadable.adapters.remote.answers import (
    LONGEST_WAIT,
    body_of,
    further_fields,
    sent_along,
    understood,
)
from downloadable.adapters.roots import CannotSend, Roots
from downloadable.adapters.row_facts import RowFields
from downloadable.adapters.signing import DjangoUrlSigner
from downloadable.adapters.stores import facts_of_info
from downloadable.domain import (
    ByteRange,
    ContentChanged,
    ContentError,
    ContentForbidden,
    ContentInvalid,
    ContentNotFound,
    DownloadRequest,
    EntityTag,
    Resource,
    SignatureError,
)
from tests.adversarial.disk import read
from tests.fuzz.field_targets import fields_of, name_text

__all__ = ["PLACE_TARGETS"]

NOW = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
DESCRIBED = Resource(name="a.txt", size=1024, entity_tag=EntityTag("v1"))
BASE = "https://store.example/base"
ROOTS = Roots({f"{BASE}/": "/inside", "store": "/inside"}, uris=True, urls=True)
SIGNER = DjangoUrlSigner()
CREDENTIALS = "user:secret@"
MEMBER = b"a member"
DEEPEST = 200
"""Directories in each other; fsspec goes from one to the next by recursion."""

LONGEST = 4096
"""Characters of a member's name; for longer ones, tarfile takes its time before Python 3.11.10."""


def origin_answers(data: bytes) -> None:
    """Whatever an origin answers, it is understood within its own size, or refused with an error that has a status."""
    first, _, rest = data.partition(b"\n")
    status = int(first) if first.isdigit() and len(first) == 3 else 206
    fields = CaseInsensitiveDict(fields_of(rest))
    told = {name.removeprefix("?"): value for name, value in fields.items() if name.startswith("?")}
    asked = DownloadRequest.from_headers("GET", told or {"Range": "bytes=0-9"})
    try:
        answer = understood("a.txt", status, fields, asked)
    except ContentInvalid:
        answer = None
    if answer is not None and answer.body is not None:
        size, body = answer.resource.size, answer.body
        assert 0 <= body.start <= (body.stop if body.stop is not None else body.start)
        assert None in (size, body.stop) or (body.stop or 0) <= (size or 0)
        assert status in (200, 206)
    wanted = ByteRange(100, 200)
    assert "Range" in further_fields(DESCRIBED, wanted)
    assert all(value.isascii() or value.encode("latin-1") for value in sent_along(asked).values())
    try:
        carried = body_of(status, fields, DESCRIBED, wanted)
    except (ContentChanged, ContentInvalid):
        return
    assert carried == wanted or (status == 200 and carried.start == 0)


def origin_failures(data: bytes) -> None:
    """Whatever an origin says of its failure, it is an error of ours, and nobody waits for more than a day."""
    first, _, rest = data.partition(b"\n")
    status = int(first) if first.isdigit() and len(first) == 3 else 503
    error = error_of(status, CaseInsensitiveDict(fields_of(rest)), "it", now=NOW)
    assert isinstance(error, ContentError)
    wait = getattr(error, "retry_after", None)
    assert wait is None or 0 <= wait <= LONGEST_WAIT


def urls(data: bytes) -> None:
    """What is a URL has one spelling of its origin; where a redirect leads is one, too; no password is shown."""
    first, _, second = name_text(data).partition("\n")
    shown(first)
    try:
        origin = origin_of(first)
    except ValueError as error:
        # The password of the seeds; as part of a path, it may stay.
        if first.startswith(f"http://{CREDENTIALS}"):
            assert str(error).count(CREDENTIALS) < first.count(CREDENTIALS)  # noqa: PT017
        return
    assert origin_of(origin) == origin
    assert "@" not in shown(first).partition("//")[2].partition("/")[0]
    with suppress(ContentForbidden):
        assert origin_of(allowed(first, frozenset())) == origin
    try:
        target = redirected(first, second, frozenset())
    except (ContentForbidden, ContentInvalid):
        return
    assert urlsplit(target).scheme in ("http", "https")
    assert origin_of(target)


def signatures(data: bytes) -> None:
    """What nobody has signed is refused with an error that has a status; what we sign holds, and only as it is."""
    text = name_text(data)
    try:
        SIGNER.unsign(text)
    except SignatureError:
        pass
    else:
        raise AssertionError("Nobody has signed this.")
    try:
        signed = SIGNER.sign(text)
    except ValueError:
        return
    assert signed.isascii()
    kept = SIGNER.unsign(signed)
    assert kept.startswith("/")
    assert SIGNER.unsign(SIGNER.sign(kept)) == kept


def store_facts(data: bytes) -> None:
    """Whatever a store tells of a file, facts are made of it; nonsense is no fact."""
    try:
        info = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(info, dict):
        facts = facts_of_info("a.txt", info)
        assert facts.size is None or facts.size >= 0
        assert facts.last_modified is None or facts.last_modified.tzinfo is UTC


def answers_about_files(data: bytes) -> None:
    """Whatever an origin says to fsspec of a file, facts are made of it."""
    facts = facts_of_info("a.txt", info_of_answer(CaseInsensitiveDict(fields_of(data))))
    assert facts.size is None or facts.size >= 0


def store_digests(data: bytes) -> None:
    """Whatever S3 says that it keeps of an object, it is a digest of the whole or none."""
    for algorithm, digest in digests_of(Lowered(fields_of(data))):
        assert algorithm == "sha-256"
        assert len(digest) == 32


@define
class Row:
    """A row with what somebody has written into it."""

    pk: int
    said: Any


def row_digests(data: bytes) -> None:
    """Whatever a row holds as a hash, it is one of the right length or none."""
    for said in (name_text(data), data):
        for algorithm, length in ((None, None), ("sha-256", 32), ("sha-512", 64)):
            fields = RowFields(digest_field="said", digest_algorithm=algorithm)
            row: Any = Row(1, said)
            digest = fields.digest(row)
            assert digest is None or len(digest) >= 8
            assert length is None or digest is None or len(digest) == length
            facts = fields.facts_of(row)
            assert facts.digests == ((algorithm, digest),) if algorithm and digest else not facts.digests


def keys(data: bytes) -> None:
    """A key that has segments is a path downwards, as text, on a disk and as a URL; and back."""
    key = name_text(data)
    segments = segments_of(key, backslash=False)
    if segments is None:
        assert segments_of(key, backslash=True) is None
        return
    assert "/".join(segments) == key
    assert posixpath.normpath(f"/inside/{key}") == f"/inside/{key}"
    assert "\0" not in key
    url = below(BASE, key)
    if url is not None:
        assert unquote(url) == f"{BASE}/{key}"
        assert url.isascii()
        assert origin_of(url) == "https://store.example"
    for spell, spelled in ((encoded, unquote_to_bytes), (raw, str.encode)):
        try:
            told = spell(f"/inside/{key}")
        except CannotSend:
            continue
        assert not {"\r", "\n", "\0"} & set(told)
        if told.isascii():
            assert spelled(told) == os.fsencode(f"/inside/{key}")


def remote_urls(data: bytes) -> None:
    """The server in front is told a URI below the prefix of a URL, or none."""
    text = name_text(data)
    for url in (text, f"{BASE}/{text}", f"{BASE}{text}"):
        try:
            told = ROOTS.of_url(url)
        except (CannotSend, UnicodeEncodeError):
            continue
        assert told.startswith("/inside/")
        assert told.isascii()
        assert told.isprintable()
        path = unquote(told.partition("?")[0])
        assert posixpath.normpath(path) in (path, path.removesuffix("/"))


def archive_names(data: bytes) -> None:
    """Whatever the members of an archive are called, a key finds those bytes or nothing."""
    name = name_text(data)
    if name.count("/") > DEEPEST or len(name) > LONGEST:
        return
    held = io.BytesIO()
    archives: list[tuple[str, io.BytesIO]] = []
    try:
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr(name, MEMBER)
        archives.append(("zip", held))
    except (ValueError, OverflowError, IndexError):
        pass  # nobody can write such a name
    tape = io.BytesIO()
    with tarfile.open(fileobj=tape, mode="w", errors="surrogateescape") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(MEMBER)
        tar.addfile(member, io.BytesIO(MEMBER))
    archives.append(("tar", tape))
    for kind, file in archives:
        file.seek(0)
        found(kind, file, name)


def found(kind: str, file: io.BytesIO, name: str) -> None:
    import fsspec

    filesystem = fsspec.filesystem(kind, fo=file, skip_instance_cache=True)
    for source in (FsspecSource(filesystem), FsspecSource(filesystem, "inside")):
        with suppress(ContentNotFound):
            assert read(source.open(name)) == MEMBER


PLACE_TARGETS = (
    origin_answers, origin_failures, urls, signatures, store_facts, answers_about_files, store_digests, row_digests,
    keys, remote_urls, archive_names,
)  # fmt: skip
