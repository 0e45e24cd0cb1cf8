"""SQLite, which knows how many of its connections are open, and in which thread each was closed."""

from __future__ import annotations

import threading
from typing import Any

from attrs import Factory, define
from django.db.backends.sqlite3 import base

__all__ = ["COUNT", "DatabaseWrapper"]


@define
class Count:
    """
    What became of connections.

    Attributes:
        open: How many are open now.

        closed_in: Identifiers of threads, one for each that was closed.

        failing: Whether closing goes wrong.
    """

    open: int = 0
    closed_in: list[int] = Factory(list)
    failing: bool = False


COUNT = Count()


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: Any) -> Any:
        COUNT.open += 1
        return super().get_new_connection(conn_params)

    def _close(self) -> Any:
        COUNT.open -= 1
        COUNT.closed_in.append(threading.get_ident())
        super()._close()  # type: ignore[misc]  # the stubs leave out what is not public
        if COUNT.failing:
            raise OSError("The database is gone.")
