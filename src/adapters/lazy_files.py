"""Bases for files that are opened, or measured, when somebody asks."""

from __future__ import annotations

from typing import Any, Self

from django.core.files import File

__all__ = ["LazyFile", "UnmeasuredFile"]


class UnmeasuredFile(File):  # type: ignore[type-arg]  # Django's cannot be parametrised when it is a base
    """A ``File`` that may not know its size."""

    def __len__(self) -> int:
        try:
            return int(self.size)
        except AttributeError as error:
            # list() asks, and takes no other error for an answer.
            raise TypeError(str(error)) from error


class LazyFile(UnmeasuredFile):
    """A ``File`` that opens what is behind it when it is first read, and looks when it is first asked."""

    name: str

    def __init__(self, name: str, file: Any = None) -> None:
        self.name = name
        self._file = file

    def _opened(self, mode: str) -> Any:
        raise NotImplementedError

    @property
    def file(self) -> Any:
        """The file object behind this, opened at the first use."""
        if self._file is None:
            self._file = self._opened("rb")
        return self._file

    @file.setter
    def file(self, file: Any) -> None:
        self._file = file

    @property
    def closed(self) -> bool:
        return self._file is None or self._file.closed

    def open(self, mode: str | None = "rb", *args: Any, **kwargs: Any) -> Self:
        """Open the file anew, and return this; to be closed, or used in a ``with`` statement."""
        self.close()
        self._file = self._opened(mode or "rb")
        return self

    def close(self) -> None:
        """Close the file, if it is open; it is opened anew when it is next used."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
