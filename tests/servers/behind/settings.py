"""The demo's settings, with a cookie and a field on each answer, a ledger, and URLs of these tests."""

from demo.settings import *  # noqa: F403
from demo.settings import DOWNLOADABLE as DOWNLOADABLE_OF_THE_DEMO, MIDDLEWARE as MIDDLEWARE_OF_THE_DEMO

DOWNLOADABLE = {**DOWNLOADABLE_OF_THE_DEMO, "OBSERVERS": ["tests.servers.behind.ledger.record"]}
MIDDLEWARE = ["tests.servers.behind.marks.marked", *MIDDLEWARE_OF_THE_DEMO]
ROOT_URLCONF = "tests.servers.behind.urls"
