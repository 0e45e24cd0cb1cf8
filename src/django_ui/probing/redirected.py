"""All together, where the client is sent to a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePath
from urllib.parse import parse_qs, urlsplit

from downloadable.django_ui.probing.asking import Answer
from downloadable.django_ui.probing.findings import Finding
from downloadable.django_ui.probing.setup import Setup

__all__ = ["redirected"]


def redirected(setup: Setup, fetch: Callable[[str], Answer], *, public: bool) -> Iterator[Finding]:
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
        yield setup.fails(what, "storage", cure_of(link))
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


def cure_of(link: str) -> str:
    """Say what to look at where a store refuses a *link*."""
    if "AWSAccessKeyId" in parse_qs(urlsplit(link).query):
        # Signature version 2, botocore's choice for stores that it does not know.
        return (
            "Give the storage signature_version='s3v4': the link is signed in a way that many stores refuse."
        )
    return "Compare the storage's address, region and keys with what clients reach; look at its clock."
