"""Signed links: what holds, and what does not."""

from __future__ import annotations

import traceback
import unicodedata
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.core.signing import Signer, TimestampSigner
from django.test import RequestFactory, override_settings

from downloadable.adapters.signing import DjangoUrlSigner
from downloadable.domain import SignatureError, SignatureExpired, SignatureInvalid
from downloadable.ports import UrlSigner

NOON = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
SIGNER = DjangoUrlSigner()
ALICE, BOB = SimpleNamespace(pk=1), SimpleNamespace(pk=11)


def at(moment: datetime, **options: Any) -> DjangoUrlSigner:
    """Return a signer for which it is *moment*."""
    return DjangoUrlSigner(now=lambda: moment, **options)


def after(seconds: float, **options: Any) -> DjangoUrlSigner:
    """Return a signer for which it is so long after noon."""
    return at(NOON + timedelta(seconds=seconds), **options)


NAMES = [
    "plain.txt",
    "with space.txt",
    "été.txt",
    unicodedata.normalize("NFD", "été.txt"),
    "1+1=2.txt",
    "100%.txt",
    "%41.txt",
    "what?.txt",
    "#1.txt",
    "a&b.txt",
    "a;b,c.txt",
    'it\'s "quoted".txt',
    "back\\slash.txt",
    "日本.txt",
    "😀.txt",
    ".hidden",
    "~user.txt",
    "a:b@c.txt",
    "line\nbreak.txt",
    "[brackets]{}|^`<>.txt",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_survives(name: str) -> None:
    """What was signed as a quoted path is what Django's request has."""
    link = SIGNER.sign(f"/files/{quote(name)}")
    assert link.isascii()
    request = RequestFactory().get(link)
    assert request.path == f"/files/{name}"
    SIGNER.check(request)
    assert SIGNER.unsign(link) == f"/files/{quote(name)}"


@pytest.mark.parametrize(
    ("path", "signed"),
    [
        pytest.param("/a", "/a?X-Signature=*", id="path"),
        pytest.param("/", "/?X-Signature=*", id="root"),
        pytest.param("/a?", "/a?X-Signature=*", id="empty query"),
        pytest.param("/a?b=c", "/a?b=c&X-Signature=*", id="query"),
        pytest.param("/a?b=c&d", "/a?b=c&d&X-Signature=*", id="parameter without a value"),
        pytest.param("/a?b=a%20b+c%2B", "/a?b=a%20b+c%2B&X-Signature=*", id="encoded query"),
        pytest.param("/a#b", "/a?X-Signature=*#b", id="fragment"),
        pytest.param("/a?b=c#d?e", "/a?b=c&X-Signature=*#d?e", id="query and fragment"),
        pytest.param("/a b/é", "/a%20b/%C3%A9?X-Signature=*", id="what must be encoded"),
        pytest.param("https://host:8000/a?b#c", "https://host:8000/a?b&X-Signature=*#c", id="whole URL"),
        pytest.param("//host/a", "//host/a?X-Signature=*", id="URL without a scheme"),
    ],
)
def test_the_signature_is_one_more_parameter(path: str, signed: str) -> None:
    """It goes where parameters go, and everything else stays as it is."""
    link = SIGNER.sign(path)
    before, after_it = signed.split("*")
    assert link.startswith(before)
    assert link.endswith(after_it)
    code = link.removeprefix(before).removesuffix(after_it)
    assert code.isascii()
    assert quote(code, safe="") == code


@pytest.mark.parametrize(
    ("path", "returned"),
    [
        pytest.param("/a", "/a", id="path"),
        pytest.param("/a?", "/a", id="empty query"),
        pytest.param("/a?b=a%20b+c%2B&d", "/a?b=a%20b+c%2B&d", id="query"),
        pytest.param("/a b/é", "/a%20b/%C3%A9", id="what must be encoded"),
        pytest.param("https://host:8000/a?b#c", "/a?b", id="whole URL"),
        pytest.param("//host/a", "/a", id="URL without a scheme"),
        pytest.param("/%2Fhost/a", "/%2Fhost/a", id="path that looks like a host"),
    ],
)
def test_only_what_was_signed_comes_back(path: str, returned: str) -> None:
    """Neither the signature nor a host or a fragment, which anybody can have put there."""
    assert SIGNER.unsign(SIGNER.sign(path)) == returned


@pytest.mark.parametrize(
    ("path", "asked", "returned"),
    [
        pytest.param("/a?b=c", "https://evil/a?b=c", "/a?b=c", id="host"),
        pytest.param("/a?b=c", "//evil/a?b=c", "/a?b=c", id="host without a scheme"),
        pytest.param("/a?b=c", "javascript:/a?b=c", "/a?b=c", id="scheme without a host"),
        pytest.param("/%2Fevil?b=c", "https://h//evil?b=c", "/%2Fevil?b=c", id="path that looks like a host"),
    ],
)
def test_what_comes_back_leads_nowhere_else(path: str, asked: str, returned: str) -> None:
    """A host that somebody puts before a signed link is not taken over, nor is the path made one."""
    signature = SIGNER.sign(path).partition("X-Signature=")[2]
    assert SIGNER.unsign(f"{asked}&X-Signature={signature}#top") == returned


@pytest.mark.parametrize(
    ("signed", "asked"),
    [
        pytest.param("/~a/b c", "/%7Ea/b%20c", id="what need not be encoded is"),
        pytest.param("/%7ea/%2b", "/~a/+", id="what was encoded is not"),
        pytest.param("/%c3%a9", "/%C3%A9", id="lower case"),
        pytest.param("/a%2Fb", "/a/b", id="encoded slash, which Django decodes"),
        pytest.param("/a?b=c+d", "/a?b=c%20d", id="plus in a query"),
        pytest.param("/a?b=1&c=2", "/a?c=2&b=1", id="another order"),
        pytest.param("/a?b=1&c=2&b=3", "/a?b=1&b=3&c=2", id="another order of several"),
        pytest.param("/a?b", "/a?b=", id="empty value"),
        pytest.param("/a?b=1&&", "/a?&b=1", id="nothing between ampersands"),
        pytest.param("https://host/a?b=1", "/a?b=1", id="without the host"),
        pytest.param("/a#b", "/a", id="without the fragment"),
    ],
)
def test_spelling_makes_no_difference(signed: str, asked: str) -> None:
    """Browsers and proxies spell a URL in their own way."""
    parameter = urlsplit(SIGNER.sign(signed)).query.split("&")[-1]
    link = f"{asked}{'&' if '?' in asked else '?'}{parameter}"
    SIGNER.check(RequestFactory().get(link))
    first = f"{asked.partition('?')[0]}?{parameter}&{asked.partition('?')[2]}"
    assert SIGNER.unsign(first).rstrip("?") == asked


def link_to(path: str = "/files/a.txt?page=1&page=2&b=c", **options: Any) -> str:
    """Return a link that holds for ten seconds from noon."""
    return at(NOON).sign(path, expires_in=10, **options)


def changed(old: str, new: str) -> str:
    """Return that link with something else in it."""
    link = link_to()
    assert old in link
    return link.replace(old, new)


LINK = link_to()
SIGNATURE = LINK.partition("X-Signature=")[2]
DEADLINE, CODE = SIGNATURE.split(".")

TAMPERED = [
    pytest.param(changed("a.txt", "b.txt"), id="another path"),
    pytest.param(changed("a.txt", "A.txt"), id="another case"),
    pytest.param(changed("a.txt", "a.txt/"), id="slash at the end"),
    pytest.param(changed("/files/", "//files/"), id="host in place of a directory"),
    pytest.param(changed("/files/", "/files//"), id="two slashes"),
    pytest.param(changed("/files/", "/other/../files/"), id="dot segments"),
    pytest.param(changed("a.txt", "%61%2Etxt%00"), id="NUL at the end"),
    pytest.param(changed("a.txt", "%25%36%31.txt"), id="encoded twice"),
    pytest.param(changed("a.txt", "a%ff.txt"), id="not UTF-8"),
    pytest.param(changed("b=c", "b=d"), id="another value"),
    pytest.param(changed("b=c", "b="), id="without a value"),
    pytest.param(changed("b=c", "B=c"), id="another name"),
    pytest.param(changed("b=c&", ""), id="without a parameter"),
    pytest.param(changed("b=c", "b=c&b=c"), id="one parameter twice"),
    pytest.param(changed("b=c", "b=c&d=e"), id="one more parameter"),
    pytest.param(f"{LINK}&d", id="one more parameter without a value"),
    pytest.param(changed("page=1&page=2", "page=2&page=1"), id="another order of one name"),
    pytest.param(changed("page=1&page=2", "page=1%26page=2"), id="two parameters as one"),
    pytest.param("/files/a.txt?page=1&page=2&b=c", id="no signature"),
    pytest.param("/files/a.txt", id="no query"),
    pytest.param(changed(SIGNATURE, ""), id="empty"),
    pytest.param(changed(SIGNATURE, DEADLINE), id="no code"),
    pytest.param(changed(SIGNATURE, f"{DEADLINE}."), id="empty code"),
    pytest.param(changed(SIGNATURE, CODE), id="no deadline, no dot"),
    pytest.param(changed(SIGNATURE, f".{CODE}"), id="no deadline"),
    pytest.param(changed(DEADLINE, str(int(DEADLINE) + 1)), id="later deadline"),
    pytest.param(changed(DEADLINE, f"0{DEADLINE}"), id="deadline with a zero before it"),
    pytest.param(changed(DEADLINE, f"+{DEADLINE}"), id="deadline with a space before it"),
    pytest.param(changed(DEADLINE, "9" * 16), id="deadline of sixteen digits"),
    pytest.param(changed(DEADLINE, "9" * 5000), id="deadline that int() refuses"),
    pytest.param(changed(DEADLINE, "١٢٣"), id="deadline in other digits"),
    pytest.param(changed(DEADLINE, f"{DEADLINE}u"), id="for one user"),
    pytest.param(changed(CODE, CODE[:-1]), id="truncated"),
    pytest.param(changed(CODE, f"{CODE}A"), id="prolonged"),
    pytest.param(changed(CODE, f"{CODE}%0A"), id="line break at the end"),
    pytest.param(changed(CODE, f"{CODE}="), id="padded"),
    pytest.param(changed(CODE, CODE.swapcase()), id="swapped case"),
    pytest.param(changed(CODE, "é" * 43), id="not ASCII"),
    pytest.param(changed(CODE, "%ff" * 43), id="not UTF-8 in the code"),
    pytest.param(changed(CODE, "%00" * 43), id="NUL"),
    pytest.param(changed(CODE, "A" * 1_000_000), id="absurdly long"),
    pytest.param(f"{LINK}&X-Signature={SIGNATURE}", id="the same signature twice"),
    pytest.param(f"{LINK}&X-Signature=", id="an empty signature more"),
    pytest.param(f"{LINK}&X%2DSignature=a", id="another signature, encoded"),
    pytest.param(changed("X-Signature", "x-signature"), id="parameter in lower case"),
    pytest.param(changed("X-Signature=", "X-Signature"), id="no equals sign"),
    pytest.param(changed("b=c", "&".join(["b=c"] * 2000)), id="too many parameters"),
    pytest.param(changed("&X-Signature", ";X-Signature"), id="semicolon"),
]


def test_the_link_of_the_table_holds() -> None:
    """What is tampered with in the table below holds as it is."""
    assert at(NOON).unsign(LINK) == "/files/a.txt?page=1&page=2&b=c"
    at(NOON).check(RequestFactory().get(LINK))


@pytest.mark.parametrize("link", TAMPERED)
def test_what_was_tampered_with_is_invalid(link: str) -> None:
    """Nothing holds but what was signed."""
    with pytest.raises(SignatureInvalid):
        at(NOON).unsign(link)


@pytest.mark.parametrize("link", [pytest.param(*case.values, id=case.id) for case in TAMPERED])
def test_a_request_for_what_was_tampered_with_is_invalid(link: str) -> None:
    """A request is held against the same rules, as its view would see it."""
    with pytest.raises(SignatureInvalid):
        at(NOON).check(RequestFactory().get(link))


@pytest.mark.parametrize(
    "path", ["//evil/files/a.txt", "//[/files/a.txt", "\\\\evil/files/a.txt", "/files/a.txt\t"]
)
def test_the_path_of_a_request_is_never_taken_apart(path: str) -> None:
    """What looks like a host in a path is part of the path, for Django serves it as such."""
    request = RequestFactory().get(LINK)
    request.path_info = path
    with pytest.raises(SignatureInvalid):
        at(NOON).check(request)


@pytest.mark.parametrize(
    "text", ["", "?", "//[", "http://[::1", "\ud800", "\x00", "é" * 10, "a" * 100_000], ids=ascii
)
def test_garbage_is_invalid(text: str) -> None:
    """What is not even a URL is refused like any other."""
    with pytest.raises(SignatureInvalid):
        SIGNER.unsign(text)


def test_every_character_of_a_signature_counts() -> None:
    """No single character can be another one."""
    for position, character in enumerate(SIGNATURE):
        other = "1" if character == "0" else "0"
        broken = f"{SIGNATURE[:position]}{other}{SIGNATURE[position + 1 :]}"
        with pytest.raises(SignatureInvalid):
            at(NOON).unsign(LINK.replace(SIGNATURE, broken))


def test_it_is_a_url_signer() -> None:
    """The adapter has the shape of its port."""
    signer: UrlSigner = SIGNER
    assert signer.unsign(signer.sign("/a", expires_in=timedelta(hours=1))) == "/a"


# Time


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        pytest.param(10, 10, id="seconds"),
        pytest.param(0.2, 1, id="less than a second"),
        pytest.param(timedelta(seconds=10), 10, id="timedelta"),
        pytest.param(timedelta(days=3000), 3000 * 86400, id="years"),
    ],
)
def test_a_link_holds_until_its_deadline(expires_in: timedelta | float, seconds: int) -> None:
    """A lifetime is rounded up to a second, and then it is over."""
    link = at(NOON).sign("/a", expires_in=expires_in)
    assert after(seconds - 0.001).unsign(link) == "/a"
    for later in (seconds, seconds + 1, seconds * 10):
        with pytest.raises(SignatureExpired):
            after(later).unsign(link)


@pytest.mark.parametrize("expires_in", [0, -1, timedelta(days=-100_000)])
def test_a_link_may_have_expired_when_it_is_made(expires_in: timedelta | float) -> None:
    """A lifetime that is over already makes a link that has expired."""
    with pytest.raises(SignatureExpired):
        at(NOON).unsign(at(NOON).sign("/a", expires_in=expires_in))


def test_without_a_lifetime_a_link_does_not_expire() -> None:
    """Its end is that of the key."""
    assert after(10**9).unsign(at(NOON).sign("/a")) == "/a"


def test_a_signer_has_a_lifetime_of_its_own() -> None:
    """The signer's lifetime is that of links that have none."""
    link = at(NOON, expires_in=60).sign("/a")
    longer = at(NOON, expires_in=60).sign("/a", expires_in=120)
    assert after(59).unsign(link) == after(119).unsign(longer) == "/a"
    with pytest.raises(SignatureExpired):
        after(60).unsign(link)


def test_only_what_was_signed_has_expired() -> None:
    """Who tampers with an expired link does not learn that it was one."""
    with pytest.raises(SignatureInvalid):
        after(11).unsign(LINK.replace("a.txt", "b.txt"))


@pytest.mark.parametrize("expires_in", ["", "3600", b"1", [1]])
def test_a_lifetime_that_is_none_is_refused(expires_in: Any) -> None:
    """A text is no lifetime; an empty one does not mean for ever."""
    with pytest.raises(TypeError):
        SIGNER.sign("/a", expires_in=expires_in)


def test_the_system_tells_the_time() -> None:
    """Without a clock of its own, a signer takes the system's."""
    assert SIGNER.unsign(SIGNER.sign("/a", expires_in=60)) == "/a"
    with pytest.raises(SignatureExpired):
        SIGNER.unsign(SIGNER.sign("/a", expires_in=-1))


# Purposes, keys, parameters


def test_a_link_holds_for_its_purpose_only() -> None:
    """What was signed for one purpose is invalid for any other."""
    for purpose, other in [("invoices", "download"), ("download", "invoices"), ("a", "ab")]:
        with pytest.raises(SignatureInvalid):
            DjangoUrlSigner(other).unsign(DjangoUrlSigner(purpose).sign("/a"))
        assert DjangoUrlSigner(purpose).unsign(DjangoUrlSigner(purpose).sign("/a")) == "/a"


def test_a_purpose_is_not_empty() -> None:
    """A text that is empty by mistake is no purpose, neither of links nor of views."""
    with pytest.raises(ValueError, match="purpose"):
        DjangoUrlSigner("")


@pytest.mark.parametrize("kind", [Signer, TimestampSigner])
@pytest.mark.parametrize(
    "salt", [None, "download", "downloadable.signed-links", "downloadable.signed-links:"]
)
def test_what_django_signs_elsewhere_is_no_link(kind: type[Signer], salt: str | None) -> None:
    """A signature that the project makes of a path for something else opens nothing."""
    code = kind(salt=salt).sign("/a").rpartition(":")[2]
    for signature in (code, f".{code}", f"1.{code}"):
        with pytest.raises(SignatureInvalid):
            SIGNER.unsign(f"/a?X-Signature={signature}")


def test_keys_can_be_replaced() -> None:
    """A link of yesterday's key holds while that is a fallback, and no longer."""
    with override_settings(SECRET_KEY="yesterday"):
        link = SIGNER.sign("/a")
    with override_settings(SECRET_KEY="today", SECRET_KEY_FALLBACKS=["before", "yesterday"]):
        assert SIGNER.unsign(link) == "/a"
        new = SIGNER.sign("/a")
    with override_settings(SECRET_KEY="today"):
        assert SIGNER.unsign(new) == "/a"
        with pytest.raises(SignatureInvalid):
            SIGNER.unsign(link)


def test_the_parameter_can_be_another() -> None:
    """Two signatures can be in one link: each covers the other parameters there are."""
    inner, outer = DjangoUrlSigner(parameter="s"), DjangoUrlSigner(parameter="t & ü")
    link = outer.sign(inner.sign("/a?b=c#d"))
    assert link.isascii()
    assert inner.unsign(outer.unsign(link)) == "/a?b=c"
    with pytest.raises(SignatureInvalid):
        inner.unsign(link)
    with pytest.raises(SignatureInvalid):
        SIGNER.unsign(link)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="empty"),
        pytest.param("a/b", id="relative"),
        pytest.param("?a=b", id="query only"),
        pytest.param("https://host", id="no path"),
        pytest.param("////a", id="no host, but where one would be"),
        pytest.param("/%ff", id="not UTF-8"),
        pytest.param(LINK, id="signed already"),
    ],
)
def test_what_cannot_be_signed_is_refused(path: str) -> None:
    """A link that could never hold is not made."""
    with pytest.raises(ValueError, match=r"cannot be signed|already|decode"):
        SIGNER.sign(path)


# Users


class Watched:
    """A request whose user must not be looked at."""

    def __init__(self, link: str) -> None:
        request = RequestFactory().get(link)
        self.path_info, self.GET = request.path_info, request.GET

    @property
    def user(self) -> object:
        raise AssertionError("The user was looked at.")


def asked_by(user: object, link: str) -> Any:
    """Return the request of a user who follows a link."""
    request = RequestFactory().get(link)
    if user is not None:
        request.user = user  # type: ignore[assignment]  # a stand-in
    return request


def test_a_link_can_be_for_one_user() -> None:
    """Only the user whose link it is can follow it."""
    link = SIGNER.sign("/a", user=ALICE)
    SIGNER.check(asked_by(ALICE, link))
    assert SIGNER.unsign(link, user=ALICE) == "/a"


@pytest.mark.parametrize(
    "user",
    [
        pytest.param(BOB, id="another user"),
        pytest.param(SimpleNamespace(pk=None), id="a visitor"),
        pytest.param(SimpleNamespace(pk=""), id="an empty key"),
        pytest.param(None, id="nobody"),
    ],
)
@pytest.mark.parametrize("mark", ["", "u"])
def test_the_link_of_another_user_is_invalid(user: Any, mark: str) -> None:
    """The link is not valid for anybody else, nor without the mark that it is for one user."""
    link = SIGNER.sign("/a", user=ALICE).replace("X-Signature=u", f"X-Signature={mark}")
    with pytest.raises(SignatureInvalid):
        SIGNER.check(asked_by(user, link))
    with pytest.raises(SignatureInvalid):
        SIGNER.unsign(link, user=user)


async def test_a_user_is_looked_at_in_async_views() -> None:
    """The same holds where the request is handled on an event loop."""
    link = SIGNER.sign("/a", user=ALICE, expires_in=60)
    await SIGNER.acheck(asked_by(ALICE, link))
    with pytest.raises(SignatureInvalid):
        await SIGNER.acheck(asked_by(BOB, link))
    with pytest.raises(SignatureInvalid):
        await SIGNER.acheck(asked_by(ALICE, "/a"))


async def test_a_user_is_looked_at_only_if_the_link_is_for_one() -> None:
    """A link for anybody costs no session and no query."""
    request: Any = Watched(SIGNER.sign("/a"))
    SIGNER.check(request)
    await SIGNER.acheck(request)
    with pytest.raises(AssertionError, match="looked at"):
        SIGNER.check(Watched(SIGNER.sign("/a", user=ALICE)))  # type: ignore[arg-type]  # a stand-in


def test_a_link_for_anybody_is_for_those_who_are_logged_in_too() -> None:
    """Who follows a link that is for anybody does not matter."""
    SIGNER.check(asked_by(ALICE, SIGNER.sign("/a")))
    assert SIGNER.unsign(SIGNER.sign("/a"), user=ALICE) == "/a"


def test_a_link_does_not_tell_whose_it_is() -> None:
    """The key of the user is in the signature only."""
    link = SIGNER.sign("/a", user=SimpleNamespace(pk="alice@example.com"))
    assert "alice" not in link


@pytest.mark.parametrize("user", [SimpleNamespace(pk=None), "", "alice", 1])
def test_a_link_for_nobody_is_refused(user: object) -> None:
    """A link for a user who is not logged in, or is none, is a mistake and never a link for anybody."""
    with pytest.raises(ValueError, match="logged in"):
        SIGNER.sign("/a", user=user)


def test_an_error_does_not_tell_the_signature() -> None:
    """What goes to the log opens nothing, with or without the traceback."""
    for signer, link in [
        (after(11), LINK),
        (at(NOON), LINK.replace("a.txt", "b.txt")),
        (at(NOON), f"{LINK}&a=b"),
    ]:
        with pytest.raises(SignatureError) as caught:
            signer.unsign(link)
        assert CODE not in "".join(traceback.format_exception(caught.value))
