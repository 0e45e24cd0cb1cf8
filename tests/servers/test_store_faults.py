"""
Faults of a store that speaks the API of S3, through each library that reads from one.

These libraries follow redirections by their own rules, so none leads anywhere here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count

import pytest
from attrs import evolve, frozen
from botocore import UNSIGNED
from botocore.config import Config
from django.http.response import HttpResponseBase
from obstore.store import S3Store
from storages.backends.s3 import S3Storage

from downloadable import FsspecSource, Source, StorageSource, download_view
from downloadable.adapters.obstore import ObstoreSource
from downloadable.ports import Served
from tests.servers.faulty.control import BUCKET, FaultyOrigin
from tests.servers.faulty.faults import (
    BREAKS,
    HEADS,
    IN_MID_RESUME,
    NOT_RESUMED,
    TO_METADATA,
    Cut,
    Fault,
    Whole,
)
from tests.servers.faulty.judging import assert_honest
from tests.servers.faulty.site import PATIENCE
from tests.servers.faulty.ways import Got, wsgi

REGION = "eu-west-1"
NUMBERS = count()
CONNECTING, READING = PATIENCE

pytestmark = pytest.mark.filterwarnings(
    # Django leaves the empty body of a request to the garbage collector if its answer fails.
    "ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning"
)


def by_storage(url: str) -> Source[str]:
    """Read by django-storages' client, which repeats nothing by itself."""
    config = Config(
        signature_version=UNSIGNED,
        connect_timeout=CONNECTING,
        read_timeout=READING,
        retries={"total_max_attempts": 1},
        s3={"addressing_style": "path"},
    )
    return StorageSource(
        S3Storage(bucket_name=BUCKET, endpoint_url=url, region_name=REGION, client_config=config)
    )


def by_s3fs(url: str) -> Source[str]:
    """Read by s3fs, which repeats by itself what it asks for block by block."""
    config = {"connect_timeout": CONNECTING, "read_timeout": READING, "retries": {"total_max_attempts": 1}}
    return FsspecSource(
        f"s3://{BUCKET}",
        anon=True,
        endpoint_url=url,
        client_kwargs={"region_name": REGION},
        config_kwargs=config,
        skip_instance_cache=True,
    )


def by_obstore(url: str) -> Source[str]:
    """Read by obstore, which goes on by itself where a store breaks off."""
    return ObstoreSource(
        S3Store(
            BUCKET,
            endpoint=url,
            region=REGION,
            skip_signature=True,
            client_options={"allow_http": True, "timeout": "1s"},
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
        )
    )


BY_ID = {fault.id: fault for fault in BREAKS}
ONE_BREAK = [
    BY_ID["reset"],
    BY_ID["closed"],
    BY_ID["silent for good"],
    BY_ID["silent for a while"],
    BY_ID["reset after the first byte"],
    BY_ID["reset before the last byte"],
    BY_ID["reset in a small file"],
    BY_ID["reset in an empty file"],
    BY_ID["reset in a range"],
    BY_ID["reset in a range, where the content changes"],
    # Last: whoever repeats nothing by itself meets the connection again that was reset when all had been said.
    BY_ID["reset after the last byte"],
]
"""What a store does, that always says how long an object is."""

IN_HEAD = [fault for fault in HEADS if fault.id.endswith((" in the head", " in the head, once"))]
SAFE = [
    fault
    for fault in (*BREAKS, *NOT_RESUMED, *IN_MID_RESUME, *IN_HEAD)
    if TO_METADATA not in fault.plan.answers
]


@frozen
class Asked:
    """What came of a fault, and what an observer heard."""

    got: Got
    told: list[Served]


def asked(faulty: FaultyOrigin, view: Callable[..., HttpResponseBase], fault: Fault) -> Asked:
    """Ask for an object while the store fails; looks at it are answered as they should be."""
    told: list[Served] = []
    key = f"object-{next(NUMBERS)}.bin"
    with faulty.serving(key, evolve(fault.plan, heads=False)):
        got = wsgi(
            view,
            f"/{key}",
            route="<path:path>",
            fields=fault.asked,
            method=fault.method,
            DOWNLOADABLE={"OBSERVERS": [told.append]},
        )
    return Asked(got, told)


@pytest.mark.parametrize("source_at", [by_storage, by_s3fs, by_obstore])
def test_a_break_of_a_store_is_not_to_be_seen(
    faulty: FaultyOrigin, source_at: Callable[[str], Source[str]]
) -> None:
    """One break, wherever it is, is gone on from, unless the object has changed meanwhile."""
    view = download_view(source_at(faulty.url))
    for fault in ONE_BREAK:
        answer = asked(faulty, view, fault)
        assert answer.got.status == fault.expected.status, fault.id
        assert answer.got.whole is not isinstance(fault.expected, Cut), fault.id
        assert_honest(fault.plan, fault.asked, answer.got)
        (told,) = answer.told
        assert told.outcome == ("completed" if answer.got.whole else "failed"), fault.id


@pytest.fixture(scope="module")
def by_client(faulty: FaultyOrigin) -> Iterator[Callable[..., HttpResponseBase]]:
    """A view of the files of django-storages, and no log of each break."""
    logging.disable(logging.CRITICAL)
    try:
        yield download_view(by_storage(faulty.url))
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("fault", SAFE, ids=lambda fault: fault.id)
def test_a_fault_of_a_store(
    faulty: FaultyOrigin, by_client: Callable[..., HttpResponseBase], fault: Fault
) -> None:
    """What comes of an object by its client is all of it, an error, or to be seen to be broken."""
    answer = asked(faulty, by_client, fault)
    assert_honest(fault.plan, fault.asked, answer.got)
    # Where only the head has come, boto3 has no answer.
    if isinstance(fault.expected, Whole) and not isinstance(fault.expected, Cut):
        assert answer.got.whole
        assert answer.got.status in (fault.expected.status, 503)
    assert [told.outcome == "completed" for told in answer.told] in ([], [answer.got.whole])
