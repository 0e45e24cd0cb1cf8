"""Iterators as file objects."""

from downloadable.adapters.wrappers import BytesIteratorIO, StringIteratorIO, TextIteratorIO

__all__ = ["BytesIteratorIO", "StringIteratorIO", "TextIteratorIO"]
