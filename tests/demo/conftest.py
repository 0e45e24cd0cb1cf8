from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from attrs import frozen
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.test import Client, override_settings

from tests import settings as tests_settings

HOST = "127.0.0.1"
OWN = ("DATABASES", "LOGGING", "SECRET_KEY")
"""Settings that the tests keep as they are."""


@frozen
class Site:
    """The demo, with its files in a directory of their own."""

    var: Path

    @property
    def media_root(self) -> Path:
        return self.var / "media"

    @property
    def documents_root(self) -> Path:
        return self.var / "documents"


@pytest.fixture(scope="session")
def origin_server() -> Iterator[ThreadedWSGIServer]:
    """The second port of the demo, from which it fetches what is remote."""
    with ThreadedWSGIServer((HOST, 0), WSGIRequestHandler) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield server
        finally:
            server.shutdown()
            serving.join()


@pytest.fixture(scope="session")
def demo_settings(
    origin_server: ThreadedWSGIServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """The settings of the demo, which look at the environment once; the bucket is in memory."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DEMO_VAR", str(tmp_path_factory.mktemp("var")))
        environment.setenv("DEMO_MIB", "2")
        environment.setenv("DEMO_ORIGIN", f"http://{HOST}:{origin_server.server_port}")
        for name in ("DEMO_BUCKET_URL", "DEMO_FRONT", "DATABASE_URL"):
            environment.delenv(name, raising=False)
        from demo import settings

        chosen = {
            name: getattr(settings, name) for name in dir(settings) if name.isupper() and name not in OWN
        }
        chosen["STORAGES"] = {
            **chosen["STORAGES"],
            "bucket": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        }
        # What other tests have registered in the admin belongs to these.
        chosen["INSTALLED_APPS"] = list(
            dict.fromkeys([*settings.INSTALLED_APPS, *tests_settings.INSTALLED_APPS])
        )
        # The one for people takes its time.
        chosen["PASSWORD_HASHERS"] = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        yield chosen


@pytest.fixture(scope="module")
def site(demo_settings: dict[str, Any], origin_server: ThreadedWSGIServer) -> Iterator[Site]:
    """The demo with its files, and its origin."""
    with override_settings(**demo_settings):
        from demo.origin import origin
        from demo.samples import make_files

        make_files()
        origin_server.set_app(WSGIHandler())
        yield Site(demo_settings["VAR"])
        origin().close()
        origin.cache_clear()


@pytest.fixture
def media_root(site: Site) -> Path:
    """The directory of what everybody may have."""
    return site.media_root


@pytest.fixture
def visitor(site: Site, db: None) -> Client:
    """A client that has not signed in."""
    return Client(SERVER_NAME=HOST)
