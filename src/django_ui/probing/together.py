"""All together: what a client gets, and who is to blame if that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath

from attrs import frozen

from downloadable.adapters.delegates import Apache, FrontServer
from downloadable.django_ui.probe import BY_DJANGO
from downloadable.django_ui.probing.advice import Advice, advice_for
from downloadable.django_ui.probing.alone import MIDDLEWARE, Handing
from downloadable.django_ui.probing.asking import Answer, Django, Front
from downloadable.django_ui.probing.findings import Finding, failed, right
from downloadable.django_ui.probing.places import PLAIN, Marker, closed_to_others, placed
from downloadable.django_ui.probing.server import Met, account_in, is_page_of_django, told_to

__all__ = ["Setup", "all_together", "as_ordered", "running"]

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


@frozen(kw_only=True)
class Setup:
    """
    One marker, and all who take part in sending it.

    Args:
        met: What the server in front says of itself.
    """

    marker: Marker
    handing: Handing
    front: Front
    met: Met
    django: Django

    @property
    def where(self) -> str:
        return str(self.marker.place)

    @property
    def advice(self) -> Advice:
        return advice_for(self.handing.delegate)

    @property
    def name(self) -> str:
        """What to call the server in front."""
        return self.met.name or self.advice.name

    def fails(self, what: str, culprit: str, mend: str) -> Finding:
        """Blame the server; or, if another one answers than Django speaks to, the settings."""
        other = self.met.recognised
        if culprit == "server" and other is not None and self.advice.delegate not in ("", other.delegate):
            what = f"{what} Django speaks to {self.advice.name}, but {self.met.name} answers."
            mend = f"Use the delegate {other.delegate} in DOWNLOADABLE."
            return failed("together", self.where, what, "Django settings", mend)
        if culprit == "server":
            more = "; ".join(filter(None, [mend, self.advice.whole]))
            return failed("together", self.where, what, "server", more)
        return failed(
            "together", self.where, what, "storage" if culprit == "storage" else "Django settings", mend
        )

    def passes(self, what: str) -> Finding:
        return right("together", self.where, what)

    def line(self, template: str) -> str:
        return template.format(here=self.handing.here, there=self.handing.there)


def running(setup: Setup) -> Finding:
    """Ask the Django that runs behind the server what it would answer; it may differ from the one in this process."""
    answer = setup.front.send(setup.marker.errand(account=True))
    account = account_in(answer)
    if account is None:
        what = f"The running Django answers {answer.status} when it is to tell how it hands over."
        return setup.fails(
            what, "Django settings", "Give it the version and the settings of this command; see its log."
        )
    if not account["delegates"]:
        what = "The running Django announces no delegate, so it sends all files itself."
        return setup.fails(what, "Django settings", f"Add to MIDDLEWARE: {MIDDLEWARE!r}; restart it.")
    if account["size"] != len(setup.marker.data):
        what = f"The running Django does not see the marker that this command has put into {setup.where}."
        mend = "Let both see the same files: the same machine or volume, user and settings."
        return setup.fails(what, "storage", mend)
    said = account["fields"] or {}
    if isinstance(setup.handing.delegate, FrontServer):
        own = {name: said.get(name) for name in setup.handing.fields}
        if setup.handing.target and own != setup.handing.fields:
            what = (
                f"The running Django would hand over with {own}, this command's with {setup.handing.fields}."
            )
            return setup.fails(what, "Django settings", "Restart it with the settings of this command.")
    return setup.passes(f"The running Django sees it, and hands it over ({', '.join(account['delegates'])}).")


def all_together(setup: Setup) -> Iterator[Finding]:
    """
    Ask as a client does, for what a server in front sends.

    Raises:
        Unreachable: If no whole answer comes in time.
    """
    answer = setup.front.send(setup.marker.errand())
    found = sent(answer, setup)
    yield found
    if found.verdict != "ok":
        return
    yield fields_kept(answer, setup)
    yield field_hidden(answer, setup)
    yield ranged(setup)
    yield headed(setup)
    yield unchanged(answer, setup)


def sent(answer: Answer, setup: Setup) -> Finding:
    """Say who has sent which bytes."""
    data, body = setup.marker.data, answer.body
    if answer.status == 200 and body == data:
        what = f"{setup.name} sent all {len(data)} bytes, and Python none: it would have sent other ones."
        return setup.passes(what)
    if body and body.startswith(BY_DJANGO[: len(body)]):
        what = "Django sent the file itself, although it says that it hands it over."
        mend = f"See Django's log; put {MIDDLEWARE!r} after what replaces the request."
        return setup.fails(what, "Django settings", mend)
    field = field_of(setup)
    if answer.status == 200 and not body:
        shown = f" and shows the client {field}" if field and field in answer.fields else ""
        what = f"{setup.name} answers 200 without any body{shown}: it does not heed the hand-over."
        return setup.fails(what, "server", setup.line(setup.advice.heed))
    if answer.status == 200:
        what = f"{setup.name} sends {len(body)} bytes that are not the {len(data)} of the marker."
        return setup.fails(what, "server", setup.line(serving(setup)))
    if answer.status in (403, 404):
        return refused(answer, setup)
    what = f"{setup.name} answers {answer.status} instead of sending the file."
    return setup.fails(what, "server", f"See its log; {setup.line(serving(setup))}")


def refused(answer: Answer, setup: Setup) -> Finding:
    """Say why the server does not find the marker, or may not read it."""
    what = f"{setup.name} answers {answer.status} instead of sending the file"
    uri = told_to(setup.handing)
    if uri and is_page_of_django(answer, uri, setup.django):
        what = f"{what}: it has no location {setup.handing.there}/, and asks Django for it."
        return setup.fails(what, "server", setup.line(serving(setup)))
    # Apache says 404 of what it may not read; the others 403, of that or of what is outside.
    path = setup.marker.path
    closed = None if path is None else closed_to_others(path)
    if closed is not None and (answer.status == 403 or isinstance(setup.handing.delegate, Apache)):
        what = f"{what}: {closed} is closed to all but its owner and group."
        right_needed = "o+r" if closed == path else "o+x"
        mend = (
            f"chmod {right_needed} {closed}, or let the server into that group; see FILE_UPLOAD_PERMISSIONS"
        )
        return setup.fails(what, "storage", mend)
    if setup.marker.path is not None and plainly_named_arrives(setup):
        other = "raw" if setup.handing.fields[field_of(setup)].isascii() else "encoded"
        what = f"{what}, but sends one with a plain name: it wants names spelled in another way."
        return setup.fails(
            what,
            "Django settings",
            f"Give {type(setup.handing.delegate).__name__} the option spelling={other!r}.",
        )
    why = (
        "may not read it, or it is outside of what it may send"
        if answer.status == 403
        else "does not find it"
    )
    return setup.fails(f"{what}: it {why}.", "server", setup.line(serving(setup)))


def plainly_named_arrives(setup: Setup) -> bool:
    with placed(setup.marker.place, PLAIN) as plain:
        return setup.front.send(plain.errand()).body == plain.data


def serving(setup: Setup) -> str:
    """Return the line that makes the server find the file."""
    fetches = "://" in setup.handing.here and setup.advice.fetch
    return setup.advice.fetch if fetches else setup.advice.serve


def field_of(setup: Setup) -> str:
    delegate = setup.handing.delegate
    return delegate.field if isinstance(delegate, FrontServer) else next(iter(setup.handing.fields), "")


def fields_kept(answer: Answer, setup: Setup) -> Finding:
    """Say whether the client gets what Django says of the file, and for its safety."""
    expected = {name: value for name in KEPT if (value := setup.handing.answer.fields.get(name)) is not None}
    lost = [name for name, value in expected.items() if not says(answer.fields.get(name), value)]
    if not lost:
        return setup.passes(f"The client gets {', '.join(expected)} as Django sends them.")
    got = ", ".join(f"{name} ({answer.fields.get(name, 'missing')})" for name in lost)
    keep = dict.fromkeys(
        setup.line(setup.advice.keep.replace("{field}", name).replace("{variable}", variable(name)))
        for name in lost
    )
    return setup.fails(f"The client does not get what Django sends: {got}.", "server", "; ".join(keep))


def says(value: str | None, expected: str) -> bool:
    """Tell whether a field is as expected, or that several times."""
    return value is not None and value in (expected, f"{expected}, {expected}")


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


def as_ordered(setup: Setup, fetch: Callable[[str], Answer], *, public: bool) -> Iterator[Finding]:
    """
    Follow the redirection to a store, as a client does.

    Args:
        setup: With a delegate that redirects.

        fetch: Asks for a URL of the store.

        public: Whether anybody may have the file without a signature.

    Raises:
        Unreachable: If no whole answer comes in time.
    """
    answer = setup.front.send(setup.marker.errand())
    link = answer.fields.get("Location", "")
    where = link.partition("?")[0]
    expected = setup.handing.fields["Location"].partition("?")[0]
    if answer.status != 302 or where != expected:
        what = f"{setup.name} answers {answer.status} with Location {where!r}, not a redirection to {expected!r}."
        yield setup.fails(
            what, "server", "Pass redirections on as they are, such as with proxy_redirect off;"
        )
        return
    given = fetch(link)
    if given.status != 200 or given.body != setup.marker.data:
        what = f"The store answers {given.status} with {len(given.body)} bytes to the link that was signed for it."
        mend = "Compare the storage's address, region and keys with what clients reach; look at its clock."
        yield setup.fails(what, "storage", mend)
        return
    yield setup.passes(
        f"The store sent all {len(given.body)} bytes, and Python none: it would have sent other ones."
    )
    wanted = {name: setup.handing.offer.header(name) for name in ("Content-Disposition", "Content-Type")}
    lost = [name for name, value in wanted.items() if given.fields.get(name) != value]
    if lost:
        got = ", ".join(f"{name} ({given.fields.get(name, 'missing')})" for name in lost)
        mend = "Give clients the store's own address; a proxy in between drops what the link asks for."
        yield setup.fails(f"The store does not send what the link asks for: {got}.", "storage", mend)
    else:
        yield setup.passes("The store sends the name and the type that Django wants.")
    if public:
        return
    if fetch(where).body == setup.marker.data:
        what = f"The store gives {PurePath(where).parent} to anybody, without a signature that expires."
        yield setup.fails(what, "storage", "Make the bucket private; if this is meant to be public: --public")
    else:
        yield setup.passes("Without the signature, the store gives nothing.")
