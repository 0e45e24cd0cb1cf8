"""What is read through a decompressor, told from the files below it."""

from __future__ import annotations

import io
import mimetypes

__all__ = ["below_buffer", "decompressed_name", "is_damage", "is_decompressor"]

# By name: some builds of Python lack one or another of these modules, and nobody pays for what he does not use.
DAMAGE = frozenset(
    {"_lzma.LZMAError", "gzip.BadGzipFile", "tarfile.ReadError", "zipfile.BadZipFile", "zlib.error"}
)
DECOMPRESSORS = frozenset({"bz2.BZ2File", "gzip.GzipFile", "lzma.LZMAFile"})
COMPRESSED = frozenset({".bz2", ".gz", ".lzma", ".xz"})


def is_damage(error: Exception) -> bool:
    """Tell whether *error* says that what should be compressed, or an archive, is none, or ends too early."""
    if isinstance(error, EOFError):
        return True
    # bz2 has no class of its own for it.
    return is_any_of(type(error), DAMAGE) or (
        type(error) is OSError and error.args == ("Invalid data stream",)
    )


def is_any_of(kind: type, names: frozenset[str]) -> bool:
    """Tell whether *kind* is, or is derived from, a class with one of these names, module and all."""
    return any(f"{base.__module__}.{base.__qualname__}" in names for base in kind.__mro__)


def is_decompressor(file: object) -> bool:
    """Tell whether what is read of *file* is decompressed."""
    return is_any_of(type(below_buffer(file)), DECOMPRESSORS)


def decompressed_name(name: str) -> str:
    """Return what the compressed file *name* is called once it is decompressed."""
    stem, dot, extension = name.rpartition(".")
    # Such as ".tar.gz" for ".tgz".
    spelled_out = stem + mimetypes.suffix_map.get(dot + extension.lower(), dot + extension)
    stem, dot, extension = spelled_out.rpartition(".")
    return stem if stem and dot + extension.lower() in COMPRESSED else name


def below_buffer(file: object) -> object:
    """Return what is below the buffer of a file, if it has one; a class of somebody's may read other bytes of it."""
    return file.raw if type(file) in (io.BufferedReader, io.BufferedRandom) else file  # type: ignore[attr-defined]
