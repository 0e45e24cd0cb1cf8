"""How a public name that is going says so."""

from __future__ import annotations

import warnings

__all__ = ["DownloadableDeprecationWarning", "warn_deprecated"]


class DownloadableDeprecationWarning(DeprecationWarning):
    """
    Something of this package is used that a later version will not have.

    ``PYTHONWARNINGS=error::DeprecationWarning manage.py test`` finds all uses in a project; a filter for this class,
    those of this package.
    """


def warn_deprecated(what: str, *, since: str, until: str, instead: str, callers: int = 1) -> None:
    """
    Warn whoever uses something that is going.

    Args:
        what: What is used, as a user writes it.

        since: The version that warns first.

        until: The first version without it: two minor versions later, at least. A test of the project holds it to
            that, and fails in that version for as long as it is still there.

        instead: What to write instead.

        callers: How many callers up the user's own line is; 1 is whoever calls the function that calls this.
    """
    warnings.warn(
        f"{what} is deprecated since downloadable {since} and goes in {until}; use {instead}.",
        DownloadableDeprecationWarning,
        stacklevel=callers + 2,
    )
