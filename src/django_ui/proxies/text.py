"""Text of configurations: what can be a line, and lines as comments and in blocks."""

from __future__ import annotations

__all__ = ["CannotWrite", "commented", "indented", "plain"]


class CannotWrite(ValueError):
    """Something has no place in the server's configuration; the text says what, and what to do."""


def plain(text: str) -> str:
    """
    Return *text*, which can stand in one line.

    Raises:
        CannotWrite: If it cannot: what comes after a line break would be a line of the configuration.
    """
    # isprintable() also refuses what a name that is not in UTF-8 has in place of its bytes.
    if not text.isprintable():
        raise CannotWrite(f"{text!r} has characters that no line of a configuration can hold.")
    return text


def commented(text: str) -> str:
    """Return the lines of *text* as comments."""
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def indented(text: str) -> str:
    """Return the lines of *text* one step to the right."""
    return "".join(f"    {line}".rstrip() + "\n" for line in text.splitlines())
