"""People of the library, and what they do there by Django's test client."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client

from demo.models import Access, Document, Place
from downloadable.domain import guess_media_type

HOST = "127.0.0.1"


def person(name: str) -> User:
    """Return the account of that name, new or not."""
    user: User = get_user_model().objects.get_or_create(username=name)[0]
    return user


def client_of(name: str, **options: Any) -> Client:
    """Return a client that *name* has signed in with."""
    client = Client(SERVER_NAME=HOST, **options)
    client.force_login(person(name))
    return client


def document_of(
    owner: str, content: bytes = b"Ten bytes.", filename: str = "ten.txt", *readers: str, **fields: Any
) -> Document:
    """Make a document as an upload would; with *readers*, it is for them."""
    fields = {
        "title": filename,
        "access": Access.CHOSEN if readers else Access.PRIVATE,
        "media_type": guess_media_type(filename),
        **fields,
    }
    document = Document(owner=person(owner), filename=filename, **fields)
    if document.place in (Place.DISK, Place.BUCKET):
        document.size, document.crc32 = len(content), zlib.crc32(content)
        document.sha256 = hashlib.sha256(content).hexdigest()
        document.file.save(filename, ContentFile(content), save=False)
    document.save()
    document.readers.set([person(name) for name in readers])
    return document
