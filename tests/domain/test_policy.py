from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import pytest

from downloadable.domain import (
    INLINE_SAFE,
    PLAIN_GET,
    DownloadRequest,
    EntityTag,
    PolicyError,
    ServingPolicy,
    parse_ranges,
)

TAGS = (EntityTag("v1"),)
DAY = datetime(2024, 2, 29, 12, 0, 0, tzinfo=UTC)
CONDITIONAL = DownloadRequest(
    if_match=TAGS,
    if_none_match=TAGS,
    if_modified_since=DAY,
    if_unmodified_since=DAY,
    ranges=parse_ranges("bytes=0-4"),
    if_range=TAGS[0],
    has_if_range=True,
)


def test_defaults_are_careful() -> None:
    """Unless somebody says otherwise, a file is saved, revalidated, not sniffed, and not taken apart."""
    policy = ServingPolicy()
    assert policy.attachment
    assert policy.cache_control == "private, no-cache"
    assert policy.nosniff
    assert policy.content_security_policy == "sandbox; default-src 'none'"
    assert policy.clean_names
    assert policy.validators
    assert policy.inline_types == INLINE_SAFE
    assert policy.max_ranges == 16


@pytest.mark.parametrize(
    "fields",
    [
        {"content_type": "text"},
        {"content_type": ""},
        {"content_type": "text/plain\r\nX-Evil: 1"},
        {"content_encoding": "gzip, "},
        {"content_encoding": ""},
        {"content_encoding": "gzip\nX-Evil: 1"},
        {"charset": "no-such-charset"},
        {"charset": ""},
        {"charset": "utf-8\r\n"},
        {"charset": "utf\0-8"},
        {"charset": "utf 8"},
        {"charset": "ütf-8"},
        {"cache_control": ""},
        {"cache_control": " "},
        {"cache_control": "private\r\nX-Evil: 1"},
        {"cache_control": "größer"},
        {"content_security_policy": ""},
        {"content_security_policy": "sandbox\r\nX-Evil: 1"},
        {"content_security_policy": ("sandbox",)},
        {"clean_names": "yes"},
        {"inline_types": "text/html"},
    ],
    ids=str,
)
def test_values_must_fit_into_their_fields(fields: dict[str, Any]) -> None:
    """What could not be sent is refused where the policy is made, and named."""
    (name,) = fields
    with pytest.raises(PolicyError, match=name):
        ServingPolicy(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"content_type": "text/plain; charset=utf-8"},
        {"content_encoding": "gzip, br"},
        {"charset": "latin-1"},
        {"cache_control": "public, max-age=31536000, immutable"},
        {"cache_control": None},
        {"content_security_policy": None},
        {"content_security_policy": "default-src 'self', sandbox allow-scripts"},
        {"inline_types": {"text/html"}},
        {"max_ranges": 0},
    ],
    ids=str,
)
def test_values_that_fit(fields: dict[str, Any]) -> None:
    """What can be sent is kept."""
    ((name, value),) = fields.items()
    assert getattr(ServingPolicy(**fields), name) == value
    assert ServingPolicy().evolve(**fields) == ServingPolicy(**fields)


def test_evolve_knows_its_fields() -> None:
    """A field that there is not is a mistake of the program, and the one that was meant is named."""
    with pytest.raises(PolicyError, match="did you mean 'basename'"):
        ServingPolicy().evolve(base_name="a.txt")
    with pytest.raises(PolicyError, match="it has attachment, basename, "):
        ServingPolicy().evolve(x=1)


def test_evolve_checks_values() -> None:
    """A changed policy is checked like a new one."""
    with pytest.raises(PolicyError, match="content_type"):
        ServingPolicy().evolve(content_type="text")


def test_policy_errors_are_value_errors() -> None:
    """Whoever expects Python's own error gets it."""
    with pytest.raises(ValueError, match="charset"):
        ServingPolicy(charset="?")


def test_without_validators() -> None:
    """Nothing else changes for an answer whose validators come from somebody else."""
    policy = ServingPolicy(basename="a.txt", not_modified=True)
    assert policy.without_validators() == policy.evolve(validators=False)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(ServingPolicy(), CONDITIONAL, id="all"),
        pytest.param(
            ServingPolicy(validators=False),
            CONDITIONAL.unconditional().without_range(),
            id="nothing is compared, so a range that depends on it is not served",
        ),
        pytest.param(ServingPolicy(max_ranges=0), CONDITIONAL.without_range(), id="too many ranges"),
        pytest.param(
            ServingPolicy(not_modified=True),
            DownloadRequest(
                if_match=TAGS,
                if_none_match=TAGS,
                if_unmodified_since=DAY,
                ranges=CONDITIONAL.ranges,
                if_range=TAGS[0],
                has_if_range=True,
            ),
            id="the date is not compared",
        ),
    ],
)
def test_hint(policy: ServingPolicy, expected: DownloadRequest) -> None:
    """A condition that the policy does not compare is not passed on, nor a range that it does not serve."""
    assert policy.hint(CONDITIONAL) == expected


def test_hint_of_nothing() -> None:
    """What asks for nothing is passed on as it is."""
    assert ServingPolicy(not_modified=False).hint(PLAIN_GET) is PLAIN_GET


@pytest.mark.parametrize(
    ("policy", "asked", "expected"),
    [
        pytest.param(
            ServingPolicy(not_modified=True), DownloadRequest(if_modified_since=DAY), True, id="settled"
        ),
        pytest.param(
            ServingPolicy(not_modified=False), DownloadRequest(if_modified_since=DAY), False, id="changed"
        ),
        pytest.param(ServingPolicy(), DownloadRequest(if_modified_since=DAY), False, id="the date decides"),
        pytest.param(ServingPolicy(not_modified=True), PLAIN_GET, False, id="nothing was asked"),
        pytest.param(
            ServingPolicy(not_modified=True),
            DownloadRequest(if_modified_since=DAY, if_none_match=TAGS),
            False,
            id="the tag decides",
        ),
        pytest.param(
            ServingPolicy(not_modified=True),
            DownloadRequest(if_modified_since=DAY, if_none_match=()),
            False,
            id="a broken tag decides",
        ),
        pytest.param(
            ServingPolicy(not_modified=True, validators=False),
            DownloadRequest(if_modified_since=DAY),
            False,
            id="nothing is compared",
        ),
    ],
)
def test_settles(policy: ServingPolicy, asked: DownloadRequest, expected: bool) -> None:
    """Only the site's own "not modified", in answer to a date and no tag, settles a request without a look."""
    assert policy.settles(asked) is expected


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"attachment": "no"}, "attachment='no' must be bool"),
        ({"content_type": 5}, "content_type=5 must be str or None"),
        ({"cache_control": False}, "cache_control=False must be str or None"),
        ({"max_ranges": None}, "max_ranges=None must be int"),
        ({"charset": "utf;8"}, "is not a charset"),
        ({"charset": "hex"}, "is not a charset"),
        ({"not_modified": "yes"}, "not_modified='yes' must be bool or None"),
        ({"inline_types": None}, "inline_types=None must be a set"),
        ({"policy": ServingPolicy()}, "third argument"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_a_value_of_another_type_is_named(fields: dict[str, Any], message: str) -> None:
    """Whoever passes what cannot be meant hears of it by its name."""
    with pytest.raises(PolicyError, match=message):
        ServingPolicy().evolve(**fields)


def test_a_basename_may_be_anything_with_a_text() -> None:
    """A translation that is not yet made, or a path, is the text that it stands for."""
    assert ServingPolicy(basename=PurePosixPath("reports/2026.pdf")).basename == "reports/2026.pdf"
