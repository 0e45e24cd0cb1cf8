"""The demo's settings, with a cookie and a field on each answer, a ledger, and URLs of these tests."""

from demo.settings import *  # noqa: F403
from demo.settings import DOWNLOADABLE as DOWNLOADABLE_OF_THE_DEMO, MIDDLEWARE as MIDDLEWARE_OF_THE_DEMO

DOWNLOADABLE = {**DOWNLOADABLE_OF_THE_DEMO, "OBSERVERS": ["tests.servers.behind.ledger.record"]}
# What is not a GET reaches the views: no page with a form comes before it.
NOT_FOR_PAGES = [name for name in MIDDLEWARE_OF_THE_DEMO if not name.startswith("django.middleware.csrf.")]
MIDDLEWARE = ["tests.servers.behind.marks.marked", *NOT_FOR_PAGES]
ROOT_URLCONF = "tests.servers.behind.urls"
