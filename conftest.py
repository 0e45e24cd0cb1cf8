"""Run the Python examples of README.md and docs/ as tests: the examples of one page share their names."""

from __future__ import annotations

import gc
import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.db.models import Model
from django.test.utils import isolate_apps
from pytest_django.plugin import DjangoDbBlocker
from sybil import Sybil
from sybil.integration.pytest import SybilItem
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser

from downloadable.django_ui.testing import temporary_media_root

pytest_plugins = ["downloadable.pytest_plugin", "pytester"]

# So that a failing row shows what differs, whoever imports this first.
pytest.register_assert_rewrite("tests.conformance.expectations")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the collector what all tests share: many of them have it look for what one has left."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def keep_connections() -> None:
    """Let handlers that are driven by hand leave the database alone, as the test client does, which reconnects."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)


@pytest.fixture(scope="module")
def create_tables(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[..., None]]:
    """Give each page a project of its own: models without migrations, a database and a media root."""
    made: list[type[Model]] = []

    def create(*models: type[Model]) -> None:
        with connection.schema_editor() as editor:
            for model in models:
                editor.create_model(model)
        made.extend(models)

    with django_db_blocker.unblock(), isolate_apps("tests") as isolated, temporary_media_root():
        assert isolated is not None
        # Rows of a page may belong to users.
        isolated.register_model("auth", apps.get_model("auth", "User"))
        yield create
        with connection.schema_editor() as editor:
            for model in reversed(made):
                editor.delete_model(model)


@pytest.fixture(scope="module")
def run_tests_of_page(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Let a page that shows test cases run them: as the module that a reader would make of it."""

    def run() -> str:
        page = inspect.stack()[1].filename
        blocks = [example.parsed for example in Sybil([PythonCodeBlockParser()]).parse(Path(page)).examples()]
        module = tmp_path_factory.mktemp("page") / "test_page.py"
        module.write_text("\n\n".join(block for block in blocks if "run_tests_of_page" not in block))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-c", "/dev/null", "-p", "no:cacheprovider", "-v", str(module)],
            cwd=module.parent,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def serve_pages() -> Iterator[Callable[..., Any]]:
    """Let a page run an HTTP origin on loopback, which ends with it."""
    from tests.adapters.origin import Origin, Page, serving

    with ExitStack() as origins:

        def serve(**pages: bytes) -> Origin:
            known = {f"/{name}": Page(body=body, etag='"v1"') for name, body in pages.items()}
            return origins.enter_context(serving(known))

        yield serve


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Keep what an example has called ``request``: the fixtures above bring along pytest's own of that name."""
    names = item.example.namespace if isinstance(item, SybilItem) else {}
    kept = names.get("request")
    outcome = yield
    names["request"] = kept
    return outcome


def name_module(namespace: dict[str, Any]) -> None:
    """Let models that a page defines belong to an application."""
    namespace["__name__"] = "tests.documentation"


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/*.md", "docs/**/*.md"],
    excludes=["docs/_build/**"],
    setup=name_module,
    fixtures=["create_tables", "run_tests_of_page", "serve_pages"],
).pytest()
