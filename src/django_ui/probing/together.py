"""All together: what a client gets, and who is to blame if that is wrong."""

from __future__ import annotations

from collections.abc import Iterator

from downloadable.adapters.delegates import Apache, Caddy
from downloadable.django_ui.probe import BY_DJANGO
from downloadable.django_ui.probing.alone import MIDDLEWARE
from downloadable.django_ui.probing.asking import Answer
from downloadable.django_ui.probing.details import field_hidden, fields_kept, headed, ranged, unchanged
from downloadable.django_ui.probing.findings import Finding
from downloadable.django_ui.probing.places import PLAIN, closed_to_others, placed
from downloadable.django_ui.probing.server import account_in, is_page_of_django, told_to
from downloadable.django_ui.probing.setup import Setup

__all__ = ["all_together", "running"]


def running(setup: Setup) -> Finding:
    """Ask the Django that runs behind the server what it would answer; it may differ from the one in this process."""
    answer = setup.front.send(setup.marker.errand(account=True))
    account = account_in(answer)
    if account is None:
        what = f"The running Django answers {answer.status} when it is to tell how it hands over."
        mend = "Give it the version and the settings of this command; see its log."
        return setup.fails(what, "Django settings", mend)
    if not account["delegates"]:
        what = "The running Django announces no delegate, so it sends all files itself."
        # This command has announced some, by the settings as they are now.
        mend = f"Restart it. If it has other settings than this command: DELEGATES, and {MIDDLEWARE!r} in MIDDLEWARE."
        return setup.fails(what, "Django settings", mend)
    if account.get("size") != len(setup.marker.data):
        what = f"The running Django does not see the marker that this command has put into {setup.where}."
        mend = "Let both see the same files: the same machine or volume, user and settings."
        return setup.fails(what, "storage", mend)
    said = account.get("fields") or {}
    own = {name: said.get(name) for name in setup.handing.fields}
    if setup.handing.target and own != setup.handing.fields:
        what = f"The running Django would hand over with {own}, this command's with {setup.handing.fields}."
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
    field = setup.field
    if answer.status == 200 and not body:
        shown = f" and shows the client {field}" if field and field in answer.fields else ""
        what = f"{setup.name} answers 200 without any body{shown}: it does not heed the hand-over."
        mend = setup.line(setup.advice.heed)
        if shown and setup.met.recognised is None:  # such as Django's own server, past the one in front
            mend = f"Give this command the URL of {setup.advice.name}, if this is not it; there, {mend}"
        return setup.fails(what, "server", mend)
    if answer.status == 200:
        what = f"{setup.name} sends {len(body)} bytes that are not the {len(data)} of the marker."
        return setup.fails(what, "server", setup.serving)
    if answer.status in (403, 404):
        return refused(answer, setup)
    what = f"{setup.name} answers {answer.status} instead of sending the file."
    return setup.fails(what, "server", f"See its log; {setup.serving}")


def refused(answer: Answer, setup: Setup) -> Finding:
    """Say why the server does not find the marker, or may not read it."""
    what = f"{setup.name} answers {answer.status} instead of sending the file"
    uri = told_to(setup.handing)
    if uri and is_page_of_django(answer, uri, setup.django):
        what = f"{what}: it has no location {setup.handing.there}/, and asks Django for it."
        return setup.fails(what, "server", setup.serving)
    # Apache says 404 of what it may not read; the others 403, of that or of what is outside.
    path = setup.marker.path
    closed = None if path is None else closed_to_others(path)
    if closed is not None and (answer.status == 403 or isinstance(setup.handing.delegate, Apache)):
        what = f"{what}: {closed} is closed to all but its owner and group."
        needed = "o+r" if closed == path else "o+x"
        mend = f"chmod {needed} {closed}, or let the server into its group; see FILE_UPLOAD_PERMISSIONS"
        return setup.fails(what, "storage", mend)
    if setup.marker.path is not None and plainly_named_arrives(setup):
        what = f"{what}, but sends one with a plain name: it wants names spelled in another way."
        if setup.another or not isinstance(setup.handing.delegate, Apache | Caddy):
            return setup.fails(what, "server", setup.serving)
        other = "raw" if setup.handing.fields[setup.field].isascii() else "encoded"
        mend = f"Give {type(setup.handing.delegate).__name__} the option spelling={other!r}."
        return setup.fails(what, "Django settings", mend)
    why = "may not read it, or not send what lies there" if answer.status == 403 else "does not find it"
    return setup.fails(f"{what}: it {why}.", "server", setup.serving)


def plainly_named_arrives(setup: Setup) -> bool:
    with placed(setup.marker.place, PLAIN) as plain:
        return setup.front.send(plain.errand()).body == plain.data
