"""What is signed holds as it is, however it is spelled, and nothing else does."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlencode

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict
from django.test import AsyncRequestFactory, RequestFactory
from hypothesis import assume, given, strategies as st

from downloadable.adapters.signing import DjangoUrlSigner
from downloadable.domain import SignatureInvalid
from tests.properties.strategies import any_text

SIGNER = DjangoUrlSigner()

utf8_text = st.text(st.characters(codec="utf-8"), max_size=20)
names = st.one_of(st.text("aé\u0301+%?#&'\"\\;/ 4😀", max_size=12), utf8_text)
"""Names made of what means something in URLs, and any others."""
parameters = st.lists(st.tuples(st.sampled_from(["a", "b", "é &"]), names), max_size=5)
links = st.builds(
    lambda name, pairs: f"/files/{quote(name)}" + (f"?{urlencode(pairs)}" if pairs else ""), names, parameters
)


def asked(link: str, *, asgi: bool = False) -> Any:
    """Return the request that a server makes of *link*."""
    if not asgi:
        return RequestFactory().get(link)
    request = AsyncRequestFactory().get(link)
    # Servers decode a path from UTF-8; Django's factory leaves it in Latin-1.
    request.path_info = request.path_info.encode("latin-1").decode()
    return request


def respelled(text: str, draw: Any) -> str:
    """Percent-encode *text* in another way: more than must be, and in either case."""
    safe = draw.draw(st.sampled_from(["/", "/~!$'()*,:@", "/-._"]))
    encoded = quote(text, safe=safe)
    return (
        encoded
        if draw.draw(st.booleans())
        else "".join(part.lower() if len(part) == 3 else part for part in split(encoded))
    )


def split(encoded: str) -> list[str]:
    """Take percent-encoded text apart, into characters and encoded bytes."""
    first, *others = encoded.split("%")
    return [*first, *(piece for other in others for piece in (f"%{other[:2]}", *other[2:]))]


@given(links, st.one_of(st.none(), st.integers(1, 10**9)), st.booleans())
def test_what_was_signed_holds(link: str, expires_in: int | None, asgi: bool) -> None:
    """From a link to a request and back, on either side, nothing is lost."""
    signed = SIGNER.sign(link, expires_in=expires_in)
    assert signed.isascii()
    assert SIGNER.unsign(signed) == link
    SIGNER.check(asked(signed, asgi=asgi))


@given(names, parameters, st.data())
def test_spelling_and_order_do_not_matter(name: str, pairs: list[tuple[str, str]], data: Any) -> None:
    """Any spelling of the path and of the parameters, and any order of their names, is the same link."""
    signed = SIGNER.sign(f"/files/{quote(name)}?{urlencode(pairs)}")
    [signature] = QueryDict(signed.partition("?")[2]).getlist("X-Signature")
    order = data.draw(st.permutations(["a", "b", "é &", "X-Signature"]))
    again = sorted([*pairs, ("X-Signature", signature)], key=lambda pair: order.index(pair[0]))
    how = data.draw(st.sampled_from([quote, quote_plus]))
    query = "&".join(f"{how(field)}={how(value)}" for field, value in again)
    link = f"/files/{respelled(name, data)}?{query}"
    assert unquote(link.partition("?")[0]) == f"/files/{name}"
    SIGNER.check(asked(link))


@given(links, links)
def test_a_signature_holds_for_one_link_only(link: str, other: str) -> None:
    """A signature that is put on another link is invalid, whatever that is."""
    assume(meaning(link) != meaning(other))
    signature = SIGNER.sign(link).rpartition("X-Signature=")[2]
    with pytest.raises(SignatureInvalid):
        SIGNER.unsign(f"{other}{'&' if '?' in other else '?'}X-Signature={signature}")


def meaning(link: str) -> tuple[str, dict[str, list[str]]]:
    """Return what a view is told by *link*."""
    path, _, query = link.partition("?")
    return unquote(path), dict(QueryDict(query).lists())


@given(any_text)
def test_no_text_is_a_signature(text: str) -> None:
    """Whatever comes as a signature is invalid, and never anything worse."""
    environ = RequestFactory().get("/files/a").environ
    environ["QUERY_STRING"] = "X-Signature=" + text.encode("utf-8", "surrogatepass").decode("latin-1")
    with pytest.raises(SignatureInvalid):
        SIGNER.check(WSGIRequest(environ))
    with pytest.raises(SignatureInvalid):
        SIGNER.unsign(f"/files/a?X-Signature={text}")
    with pytest.raises(SignatureInvalid):
        SIGNER.unsign(text)
