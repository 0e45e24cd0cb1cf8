"""Make the sample accounts and their documents; what is there already stays as it is."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from attrs import frozen
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction

from demo.models import Access, Document, Place
from demo.samples import AUDIO, BINARY, CHANGED, DOCUMENT, IMAGE, TEXT, VIDEO, write
from downloadable.domain import guess_media_type

PASSWORDS = {"ada": "lovelace", "ben": "franklin", "alan": "turing"}
ADMIN = "alan"

PAGE = b"""<!doctype html>
<title>A page</title>
<script>document.title = "It runs!"</script>
<p>A page that would run a script.
"""
DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">
<script>alert("It runs!")</script>
<circle r="9"/>
</svg>
"""


@frozen(kw_only=True)
class Sample:
    """
    A document that is there from the beginning.

    Args:
        content: Returns its bytes, where there is a file of it.

        readers: Who may read it, if that is not everybody or nobody.

        remote_name, year: What it has in place of a file.
    """

    owner: str
    title: str
    filename: str
    content: Callable[[], bytes] | None = None
    access: str = Access.EVERYBODY
    readers: Iterable[str] = ()
    place: str = Place.DISK
    remote_name: str = ""
    year: int | None = None


def media(name: str) -> Callable[[], bytes]:
    """Return what reads one of the files that the page of sources has, too."""
    return Path(settings.MEDIA_ROOT, name).read_bytes


def samples() -> list[Sample]:
    """List the documents; one whose storage is not there is left out."""
    video = Path(__file__).parent / "media" / VIDEO
    every = [
        Sample(owner="ada", title="Sunset", filename=IMAGE, content=media(IMAGE)),
        Sample(owner="ada", title="Our leaflet", filename=DOCUMENT, content=media(DOCUMENT)),
        Sample(owner="ada", title="A tone", filename=AUDIO, content=media(AUDIO)),
        Sample(owner="ada", title="A test film", filename=VIDEO, content=video.read_bytes),
        Sample(owner="ada", title="A large file", filename=BINARY, content=media(BINARY)),
        Sample(owner="ada", title="A page with a script", filename="page.html", content=lambda: PAGE),
        Sample(owner="ada", title="A drawing with a script", filename="drawing.svg", content=lambda: DRAWING),
        Sample(
            owner="ada",
            title="Greetings from far away",
            filename=TEXT,
            content=media(TEXT),
            access=Access.PRIVATE,
        ),
        Sample(
            owner="ada",
            title="A sunset in a bucket",
            filename="sunset in a bucket.png",
            content=media(IMAGE),
            place=Place.BUCKET,
        ),
        Sample(
            owner="ben",
            title="A tone from another server",
            filename="remote tone.wav",
            place=Place.REMOTE,
            remote_name=AUDIO,
        ),
        Sample(owner="ben", title="Loans of 2025", filename="loans 2025.csv", place=Place.REPORT, year=2025),
        Sample(
            owner="ben",
            title="A plan for ada",
            filename="plan.txt",
            content=lambda: b"Tuesday: kite. Wednesday: key. Thursday: weather permitting.\n",
            access=Access.CHOSEN,
            readers=("ada",),
        ),
        Sample(
            owner="ben",
            title="Ben's diary",
            filename="diary.txt",
            content=lambda: b"Early to bed and early to rise. Nobody else may read this.\n",
            access=Access.PRIVATE,
        ),
    ]
    return [one for one in every if one.place != Place.BUCKET or Place.BUCKET in storages.backends]


def make_documents() -> None:
    """Make the accounts and documents that are not there."""
    users = {name: make_user(name, password) for name, password in PASSWORDS.items()}
    for sample in samples():
        if not Document.objects.filter(owner=users[sample.owner], filename=sample.filename).exists():
            make_document(sample, users)


def make_user(name: str, password: str) -> Any:
    """Return the account, new or not."""
    users = get_user_model().objects
    is_admin = name == ADMIN
    return users.filter(username=name).first() or users.create_user(
        name, password=password, is_staff=is_admin, is_superuser=is_admin
    )


def make_document(sample: Sample, users: dict[str, Any]) -> None:
    """Make one document: first its file, and then its row at once, so that an interruption leaves no half of it."""
    document = Document(
        owner=users[sample.owner],
        title=sample.title,
        access=sample.access,
        place=sample.place,
        remote_name=sample.remote_name,
        year=sample.year,
        filename=sample.filename,
        media_type=guess_media_type(sample.filename),
        modified=CHANGED,
    )
    if sample.content is not None:
        content = sample.content()
        document.size, document.crc32 = len(content), zlib.crc32(content)
        document.sha256 = hashlib.sha256(content).hexdigest()
        document.file.name = kept(sample, content)
    with transaction.atomic():
        document.save()
        document.readers.set([users[name] for name in sample.readers])


def kept(sample: Sample, content: bytes) -> str:
    """Put a file where it belongs, in place of what an interruption may have left, and return its name there."""
    name = f"samples/{sample.owner}-{hashlib.sha256(sample.filename.encode()).hexdigest()[:16]}"
    if sample.place == Place.DISK:
        write(Path(settings.DOCUMENTS_ROOT, name), content)
    else:
        storages[sample.place].delete(name)
        storages[sample.place].save(name, ContentFile(content))
    return name
