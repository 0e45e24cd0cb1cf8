"""Sources whose root holds ``file.txt``, with secrets around it: each yields how keys are opened, then cleans up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from obstore.store import MemoryStore

from downloadable.adapters.django_storage import StorageSource
from downloadable.adapters.fsspec import FsspecSource
from downloadable.adapters.local import LocalSource
from downloadable.adapters.obstore import ObstoreSource
from downloadable.ports import Content
from tests.adversarial.archives import hostile_tar, hostile_zip
from tests.adversarial.disk import INSIDE, SECRET, Disk
from tests.object_store import BUCKET, object_store
from tests.storages import CountingStorage

__all__ = ["DOORS", "Open", "Opening", "buckets"]

Open: TypeAlias = Callable[[str], Content]
"""From a key to the content."""

HELD = {
    "/inside/file.txt": INSIDE,
    "/inside/sub/file.txt": INSIDE,
    "/secret.txt": SECRET,
    "/inside-private/secret.txt": SECRET,
    "/other/secret.txt": SECRET,
}
"""What a store without a disk holds."""


def on_the_disk(disk: Disk) -> Iterator[Open]:
    """A root on the disk."""
    yield LocalSource(disk.root).open


def below_a_link(disk: Disk) -> Iterator[Open]:
    """A root that is given by a link to it, with a slash at its end."""
    link = disk.top / "current"
    if not link.is_symlink():
        link.symlink_to("inside")
    yield LocalSource(f"{link}/").open


def in_a_directory(disk: Disk) -> Iterator[Open]:
    """A storage that is served as the directory that it is."""
    yield StorageSource(FileSystemStorage(disk.root)).open


class Opening(FileSystemStorage):
    """A directory that is asked for its files, since it might open them in its own way."""

    def _open(self, name: str, mode: str = "rb") -> Any:
        return File(Path(self.path(name)).open("rb"), name)


def in_a_directory_of_its_own(disk: Disk) -> Iterator[Open]:
    """A storage that is asked for its files."""
    yield StorageSource(Opening(disk.root)).open


def in_memory(disk: Disk) -> Iterator[Open]:
    """A storage that keeps files in directories in memory."""
    storage = InMemoryStorage(location=str(disk.root))
    storage.save("file.txt", ContentFile(INSIDE))
    storage.save("sub/file.txt", ContentFile(INSIDE))
    yield StorageSource(storage).open


def in_a_store(disk: Disk) -> Iterator[Open]:
    """A storage without directories."""
    yield StorageSource(CountingStorage({"file.txt": INSIDE, "sub/file.txt": INSIDE})).open


def by_fsspec(disk: Disk) -> Iterator[Open]:
    """A URL of the disk."""
    yield FsspecSource(f"file://{disk.root}").open


def by_fsspec_below(disk: Disk) -> Iterator[Open]:
    """A URL of the disk, and a root below it."""
    yield FsspecSource(f"file://{disk.top}", "inside").open


def by_an_instance(disk: Disk) -> Iterator[Open]:
    """A file system that was made by the program."""
    yield FsspecSource(LocalFileSystem(), str(disk.root)).open


def by_a_prefix(disk: Disk) -> Iterator[Open]:
    """A file system that puts a prefix before each path."""
    yield FsspecSource(DirFileSystem(str(disk.root), LocalFileSystem())).open


def in_fsspec_memory(disk: Disk) -> Iterator[Open]:
    """A file system in memory, which keeps other files, too."""
    filesystem = MemoryFileSystem()
    for name, data in HELD.items():
        filesystem.pipe_file(name, data)
    yield FsspecSource("memory://", "inside").open
    for name in HELD:
        filesystem.rm_file(name)


def in_a_zip(disk: Disk) -> Iterator[Open]:
    """The members of a zip archive below a directory in it."""
    yield FsspecSource(f"zip://::file://{hostile_zip(disk.top)}", "inside").open


def in_a_tar(disk: Disk) -> Iterator[Open]:
    """The members of a tar archive below a directory in it."""
    yield FsspecSource(f"tar://::file://{hostile_tar(disk.top)}", "inside").open


def in_obstore_memory(disk: Disk) -> Iterator[Open]:
    """A prefix in a store of obstore in memory, which keeps other files, too."""
    store = MemoryStore()
    for name, data in HELD.items():
        store.put(name[1:], data)
    yield ObstoreSource(store, "/inside/").open


@contextmanager
def buckets() -> Iterator[list[Open]]:
    """Run an object store with secrets beside a prefix, which is asked by fsspec and by django-storages."""
    with object_store() as store:
        for name, data in HELD.items():
            store.put(name[1:], data)
        by_fsspec = FsspecSource(store.filesystem(), f"{BUCKET}/inside")
        by_django = StorageSource(store.storage(location="inside"))
        yield [by_fsspec.open, by_django.open]


DOORS = [
    on_the_disk,
    below_a_link,
    in_a_directory,
    in_a_directory_of_its_own,
    in_memory,
    in_a_store,
    by_fsspec,
    by_fsspec_below,
    by_an_instance,
    by_a_prefix,
    in_fsspec_memory,
    in_a_zip,
    in_a_tar,
    in_obstore_memory,
]
