"""What else a client needs, once it gets the bytes: fields, parts, and not the same bytes twice."""

from __future__ import annotations

from downloadable.django_ui.probing.asking import Answer
from downloadable.django_ui.probing.findings import Finding
from downloadable.django_ui.probing.setup import Setup

__all__ = ["field_hidden", "fields_kept", "headed", "ranged", "unchanged"]

KEPT = (
    "Content-Disposition",
    "Content-Type",
    "Cache-Control",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Content-Security-Policy",
    "Content-Security-Policy-Report-Only",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Embedder-Policy",
    "Cross-Origin-Resource-Policy",
    "Permissions-Policy",
    "Strict-Transport-Security",
)
"""What the client must get of Django's fields."""


def fields_kept(answer: Answer, setup: Setup) -> Finding:
    """Say whether the client gets what Django says of the file, and for its safety."""
    expected = {name: value for name in KEPT if (value := setup.handing.answer.fields.get(name)) is not None}
    lost = [name for name, value in expected.items() if not says(name, answer.fields.get(name), value)]
    if not lost:
        return setup.passes(f"The client gets {', '.join(expected)} as Django sends them.")
    if "Strict-Transport-Security" in lost and not setup.met.secure:
        what = (
            "The running Django takes requests over TLS for others, and sends no Strict-Transport-Security."
        )
        mend = "Let the server in front send X-Forwarded-Proto, and set SECURE_PROXY_SSL_HEADER."
        return setup.fails(what, "Django settings", mend)
    got = ", ".join(f"{name} ({answer.fields.get(name, 'missing')})" for name in lost)
    keep = dict.fromkeys(
        setup.line(setup.advice.keep.replace("{field}", name).replace("{variable}", variable(name)))
        for name in lost
    )
    return setup.fails(f"The client does not get what Django sends: {got}.", "server", "; ".join(keep))


def says(name: str, value: str | None, expected: str) -> bool:
    """Tell whether a field is as expected, or that several times; a further policy takes nothing away from ours."""
    if value is not None and name.startswith("Content-Security-Policy"):
        return f", {expected}, " in f", {value}, "
    return value in (expected, f"{expected}, {expected}")


def variable(name: str) -> str:
    return name.lower().replace("-", "_")


def field_hidden(answer: Answer, setup: Setup) -> Finding:
    """Say whether the words between Django and the server stay between them."""
    shown = [name for name in setup.handing.fields if name in answer.fields]
    if not shown:
        return setup.passes("No field of the hand-over reaches the client.")
    what = f"The client is shown {', '.join(shown)}, which tells where the files are."
    return setup.fails(what, "server", setup.line(setup.advice.hide))


def ranged(setup: Setup) -> Finding:
    """Say whether a part can be had."""
    answer = setup.front.send(setup.marker.errand(), Range="bytes=100-199")
    said = answer.fields.get("Content-Range", "")
    expected = f"bytes 100-199/{len(setup.marker.data)}"
    if (answer.status, said, answer.body) == (206, expected, setup.marker.data[100:200]):
        return setup.passes("Asked for 100 bytes from the middle, it sends a 206 with these.")
    what = f"Asked for 100 bytes from the middle, it sends {answer.status} with {len(answer.body)} bytes and {said!r}."
    return setup.fails(
        what, "server", "Remove what switches ranges off, such as max_ranges 0 or a filter of the body."
    )


def headed(setup: Setup) -> Finding:
    """Say whether a HEAD request is answered as a GET, without the body."""
    answer = setup.front.send(setup.marker.errand(), "HEAD")
    length = answer.fields.get("Content-Length")
    if answer.status == 200 and not answer.body and length in (None, str(len(setup.marker.data))):
        return setup.passes("A HEAD request gets the fields alone.")
    what = f"A HEAD request gets {answer.status}, Content-Length {length}, and {len(answer.body)} bytes."
    return setup.fails(what, "server", "Let it hand HEAD requests over as it does GET requests.")


def unchanged(answer: Answer, setup: Setup) -> Finding:
    """Say whether the validators that the client was given make a 304."""
    tag, date = answer.fields.get("ETag"), answer.fields.get("Last-Modified")
    asked = {"If-None-Match": tag} if tag else {"If-Modified-Since": date} if date else None
    if asked is None:
        what = "The client gets neither ETag nor Last-Modified, and will fetch each file anew."
        return setup.fails(what, "server", "Remove what unsets them, such as etag off.")
    again = setup.front.send(setup.marker.errand(), **asked)
    if again.status == 304 and not again.body:
        return setup.passes("Asked again with the validator that it gave, it answers 304.")
    what = f"Asked again with {asked}, which the client got from it, it answers {again.status}."
    mend = "Remove what adds an ETag or Last-Modified of its own on the way."
    return setup.fails(what, "server", mend)
