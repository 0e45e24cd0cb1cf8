"""Where content comes from: one verb."""

from __future__ import annotations

from typing import Protocol, TypeVar

from downloadable.ports.content import Content

__all__ = ["AsyncSource", "Source"]

Key_contra = TypeVar("Key_contra", contravariant=True)


class Source(Protocol[Key_contra]):
    """Anything with an ``open`` that turns a key (a path, a primary key, a URL) into a content."""

    def open(self, key: Key_contra) -> Content:
        """
        Return the content under *key*. Cheap: looking is left to ``describe``.

        What is not there is a :class:`~downloadable.ports.Missing`. Whoever calls this closes the content.
        """


class AsyncSource(Protocol[Key_contra]):
    """A source whose ``open`` has to wait, such as for a row of a database."""

    async def open(self, key: Key_contra) -> Content:
        """Return the content under *key*, as :meth:`Source.open` does."""
