from __future__ import annotations

import pytest

from downloadable.domain import errors

TREE: dict[str, set[type[BaseException]]] = {
    "DownloadError": {Exception},
    "ContentError": {errors.DownloadError},
    "ContentNotFound": {errors.ContentError, FileNotFoundError},
    "ContentForbidden": {errors.ContentError, PermissionError},
    "ContentUnavailable": {errors.ContentError, OSError},
    "ContentTimeout": {errors.ContentUnavailable, TimeoutError},
    "ContentInvalid": {errors.ContentError},
    "ContentChanged": {errors.ContentError},
    "ContentTruncated": {errors.ContentError},
    "SignatureError": {errors.DownloadError},
    "SignatureInvalid": {errors.SignatureError},
    "SignatureExpired": {errors.SignatureError},
    "PolicyError": {errors.DownloadError, ValueError},
}


def test_tree_is_complete() -> None:
    """Every error is in the tree below."""
    assert TREE.keys() == set(errors.__all__)


@pytest.mark.parametrize("name", TREE)
def test_tree(name: str) -> None:
    """Each error is one of this package's, and of Python's where there is one."""
    assert set(getattr(errors, name).__bases__) == TREE[name]


@pytest.mark.parametrize("name", TREE)
def test_errors_keep_what_they_say(name: str) -> None:
    """An error says what it was given, although some of Python's look at it otherwise."""
    assert str(getattr(errors, name)("No content under 'a'.")) == "No content under 'a'."


@pytest.mark.parametrize("kind", [errors.ContentUnavailable, errors.ContentTimeout])
def test_unavailable_may_know_when(kind: type[errors.ContentUnavailable]) -> None:
    """Who is not available may know in how many seconds that ends."""
    assert kind("Down.", retry_after=30).retry_after == 30
    assert kind("Down.").retry_after is None
    assert str(kind()) == ""
