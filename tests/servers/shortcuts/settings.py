"""The settings of the conformance table, with the URLs of this site."""

from tests.conformance.settings import *  # noqa: F403

ROOT_URLCONF = "tests.servers.shortcuts.site"
