"""What an answer means, and who sent its body: concluded from what was seen on both sides, never from settings."""

from __future__ import annotations

from http import HTTPStatus

from attrs import frozen

from demo.asking import Arrived
from demo.watching import Heard, Left

__all__ = ["Field", "Meaning", "Sender", "dumped", "fields_of", "meaning_of", "sender_of"]

HANDING_OVER = ("X-Accel-Redirect", "X-Sendfile")

FRONTS = {"Nginx": "nginx", "Apache": "Apache", "Lighttpd": "lighttpd", "Caddy": "Caddy"}
SERVERS = {"wsgiref": "Django's server for development"}

MEANINGS = {
    200: ("15.3.1", "The whole content."),
    206: ("15.3.7", "Only the ranges that were asked for."),
    302: ("15.4.3", "The content is elsewhere, for now: the client asks there."),
    304: ("15.4.5", "What the client has is still right, so nothing is sent again."),
    400: ("15.5.1", "The server does not understand the request."),
    401: ("15.5.2", "The server wants to know who asks."),
    403: ("15.5.4", "The server knows what is meant, and refuses it."),
    404: ("15.5.5", "There is nothing here, or nothing that you may know of."),
    405: ("15.5.6", "This is not done here with that method; Allow says with which."),
    410: ("15.5.11", "There was something, and it is gone for good."),
    412: ("15.5.13", "A condition of the request does not hold, so nothing is done."),
    416: ("15.5.17", "None of the ranges exists; Content-Range says how much there is."),
    500: ("15.6.1", "The server has made a mistake."),
    501: ("15.6.2", "The server knows no such method."),
    502: ("15.6.3", "What the server got from another one makes no sense."),
    503: ("15.6.4", "Not at the moment; perhaps later."),
    504: ("15.6.5", "Another server has kept this one waiting for too long."),
}


@frozen
class Meaning:
    """
    What a status says.

    Args:
        section: Of RFC 9110; empty if it is not in the table.
    """

    phrase: str
    section: str
    sentence: str


def meaning_of(status: int) -> Meaning:
    """Say what *status* means."""
    section, sentence = MEANINGS.get(status, ("", ""))
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    return Meaning(phrase, section, sentence)


@frozen
class Sender:
    """
    Who sent the body.

    Args:
        who: In a few words.

        evidence: What shows it, a sentence each.
    """

    who: str
    evidence: tuple[str, ...]


def sender_of(method: str, arrived: Arrived, left: Left | None, heard: Heard | None) -> Sender:
    """Conclude who sent the body."""
    taken = (
        f"{counted(arrived.size)} of a body arrived{', and the inspector left then' if arrived.cut else ''}."
    )
    if left is None:
        server = arrived.field("Server") or "no name"
        return Sender(
            f"a server before Django ({server})",
            (f"Nothing left Django for this request. The answer is of a server with {server}.", taken),
        )
    told = of_the_observer(heard)
    handed = next(((name, value) for name, value in left.fields if name in HANDING_OVER), None)
    if handed is not None and arrived.field(handed[0]):
        return Sender(
            "nobody", (f"Django named a file by {handed[0]}, which no server in front took up.", taken, *told)
        )
    if handed is not None:
        front = FRONTS.get((heard and heard.delegate) or "", "the server in front")
        said = f"Django sent {left.status}, {counted(left.size)} of a body, and {': '.join(handed)}."
        if not arrived.size:
            return Sender(
                "nobody", (said, f"{front} answered the client with {arrived.status}, without a body.", *told)
            )
        if arrived.status not in (200, 206):
            return Sender(
                front, (said, f"{taken} They are a page of {front} about its {arrived.status}.", *told)
            )
        return Sender(front, (said, f"{taken} They are of {front}, which took the field away.", *told))
    if 300 <= left.status < 400 and left.status != 304 and arrived.field("Location"):
        return Sender(
            "nobody here: the client is sent elsewhere",
            (
                f"Django sent {left.status} and {counted(left.size)} of a body. Location says who has the file.",
                *told,
            ),
        )
    if not arrived.size:
        why = "an answer to HEAD has none" if method == "HEAD" else f"this {left.status} has none"
        return Sender("nobody", (f"No body arrived: {why}.", *told))
    return sent_by_django(left, taken, told)


def sent_by_django(left: Left, taken: str, told: tuple[str, ...]) -> Sender:
    """Say how Django, or its server for it, sent the body."""
    server = SERVERS.get(left.server, left.server)
    match left.how:
        case "descriptor":
            who = f"{server}, by sendfile"
            how = (
                f"Django gave {server} the open file (wsgi.file_wrapper, PEP 3333). {server} took its descriptor and "
                "read nothing: the kernel copied the file to the network."
            )
        case "file":
            who = f"{server}, from the open file"
            how = f"Django gave {server} the open file (wsgi.file_wrapper, PEP 3333), which {server} read."
        case "path":
            who = f"{server}, by itself"
            how = f"Django told {server} the path of the file (http.response.pathsend, ASGI) in place of a body."
        case "blocks":
            who = "Django"
            how = (
                f"Django gave {server} {left.blocks} block{'' if left.blocks == 1 else 's'}, {counted(left.size)} in "
                f"all, {counted(left.largest)} in the largest."
            )
    return Sender(who, (how, taken, *told))


def of_the_observer(heard: Heard | None) -> tuple[str, ...]:
    """Say what the observer of downloads was told."""
    if heard is None:
        return ("No download was decided: what left Django is a page of its own.",)
    if heard.delegate is not None:
        return (f"The observer of downloads was told: {heard.outcome} to {heard.delegate}.",)
    return (
        f"The observer of downloads was told: {heard.outcome}, {counted(heard.bytes_sent)} taken by the server.",
    )


def counted(size: int) -> str:
    return "1 byte" if size == 1 else f"{size:,} bytes"


@frozen
class Field:
    """
    A header field.

    Args:
        arrived: Its value at the client; ``None`` if it has none there.

        left: Its value when it left Django; ``None`` if it had none.
    """

    name: str
    arrived: str | None
    left: str | None

    @property
    def changed(self) -> bool:
        return self.arrived != self.left


def fields_of(arrived: Arrived, left: Left | None) -> list[Field]:
    """Put both sides next to each other, in the order of arrival; then what got lost on the way."""
    here, there = together(arrived.fields), together(() if left is None else left.fields)
    names = {key: name for key, (name, _) in (*there.items(), *here.items())}
    order = [*here, *(key for key in there if key not in here)]
    return [Field(names[key], here.get(key, ("", None))[1], there.get(key, ("", None))[1]) for key in order]


def together(fields: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, str | None]]:
    """Join fields of one name, each by its name in lower case. What is in a cookie is nobody's business."""
    joined: dict[str, tuple[str, str | None]] = {}
    for name, value in fields:
        shown = "(not shown)" if name.lower() == "set-cookie" else value
        before = joined.get(name.lower())
        joined[name.lower()] = (name, shown if before is None else f"{before[1]}, {shown}")
    return joined


def dumped(first: bytes) -> list[tuple[str, str, str]]:
    """Spell bytes in lines of sixteen: where they begin, in hexadecimal, and as ASCII."""
    return [
        (
            f"{start:04x}",
            first[start : start + 16].hex(" "),
            "".join(chr(one) if 0x20 <= one < 0x7F else "·" for one in first[start : start + 16]),
        )
        for start in range(0, len(first), 16)
    ]
