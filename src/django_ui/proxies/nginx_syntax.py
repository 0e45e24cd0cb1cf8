"""How nginx wants text written."""

from __future__ import annotations

import re

from downloadable.django_ui.proxies.text import CannotWrite, indented

__all__ = ["block", "quoted"]


def block(opening: str, body: str) -> str:
    """Return *body* in braces, indented."""
    return f"{opening} {{\n{indented(body)}}}\n"


def quoted(text: str) -> str:
    """
    Return *text* as one argument.

    Raises:
        CannotWrite: If it has a dollar sign, which nginx takes for the beginning of a variable, quoted or not.
    """
    if "$" in text:
        raise CannotWrite(f"nginx takes the dollar sign in {text!r} for a variable; choose another name.")
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
