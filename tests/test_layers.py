"""What gets imported along, in fresh interpreters; import-linter checks what can be read from the code."""

import pkgutil
import subprocess
import sys

import pytest

from downloadable import adapters

FRAMEWORKS = {"asgiref", "django", "fsspec", "requests"}
HEAVY = {"fsspec", "requests", "requests_hardened", "urllib3"}
STORES = {"azure", "boto3", "botocore", "google", "obstore", "s3fs", "storages"}
OPTIONAL = {"drf_spectacular", "health_check", "rest_framework"}
FOR_TESTS = {"_pytest", "hypothesis", "pytest", "unittest"}

ELSEWHERE = {
    *("delegates", "delegating", "filesystems", "fsspec", "http", "http_file", "native", "obstore"),
    *("opened_by_storage", "remote", "roots", "signing", "store_links"),
}
"""Adapters of what is not on the disk, and of who sends in our place."""

DJANGO = """
import django
from django.conf import settings
settings.configure()
django.setup()
"""

DOWNLOADS = """
import pathlib, tempfile
from django.core.files.storage import FileSystemStorage
from django.http import HttpRequest
from downloadable.django_ui.views import PathDownloadView, StorageDownloadView
request = HttpRequest()
request.method = "GET"
with tempfile.TemporaryDirectory() as root:
    pathlib.Path(root, "a.txt").write_bytes(b"bytes")
    for view in (
        PathDownloadView.as_view(root=root, path="a.txt"),
        StorageDownloadView.as_view(storage=FileSystemStorage(root), path="a.txt"),
    ):
        response = view(request)
        assert response.getvalue() == b"bytes"
        response.close()
"""

# Django brings unittest along by itself; what counts is what comes on top.
LOADED_BY = """
import sys
{before}
before = set(sys.modules)
{code}
print(*sorted(set(sys.modules) - before))
"""

# The contract is for test suites, so it may import pytest. Sessions of ours are built on requests, and are imported
# themselves when the first one is needed. What is for Django REST framework imports that, which imports requests.
EVERY_MODULE = """
import importlib, pkgutil, downloadable
others = "ports.contract", "adapters.http.pooled", "django_ui.rest", "django_ui.rest_schema"
for module in pkgutil.walk_packages(downloadable.__path__, "downloadable."):
    if module.name.removeprefix("downloadable.") not in others:
        importlib.import_module(module.name)
"""


def loaded_by(code: str, *, before: str = "") -> set[str]:
    """Name the modules that a piece of code loads in a fresh interpreter."""
    program = LOADED_BY.format(before=before, code=code)
    done = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True)
    return set(done.stdout.split())


def packages(modules: set[str]) -> set[str]:
    """Name the top-level packages of modules."""
    return {name.partition(".")[0] for name in modules}


def test_package_imports_nothing_else_of_its_own() -> None:
    """Importing the package alone costs nothing: what it exports is imported when asked for."""
    loaded = loaded_by("import downloadable")
    assert {name for name in loaded if name.startswith("downloadable")} == {"downloadable"}
    assert packages(loaded).isdisjoint(FRAMEWORKS)


@pytest.mark.parametrize("package", ["downloadable.domain", "downloadable.ports"])
def test_inside_knows_no_framework(package: str) -> None:
    """Neither the domain nor the ports load Django, asgiref, requests or fsspec, nor anything for tests."""
    loaded = loaded_by(f"import {package}")
    assert package in loaded
    assert packages(loaded).isdisjoint(FRAMEWORKS | FOR_TESTS)


@pytest.mark.parametrize("package", ["downloadable.django_ui", "downloadable.django_ui.views"])
def test_django_side_starts_light(package: str) -> None:
    """The Django side loads neither requests nor fsspec, nor the client of a store, nor anything for tests."""
    loaded = loaded_by(f"import {package}", before=DJANGO)
    assert package in loaded
    assert packages(loaded).isdisjoint(HEAVY | STORES | FOR_TESTS)
    assert "downloadable.django_ui.testing" not in loaded


@pytest.mark.parametrize("package", ["downloadable.django_ui", "downloadable.django_ui.views"])
def test_django_side_loads_no_optional_package(package: str) -> None:
    """Neither Django REST framework nor the admin are loaded for sites that download otherwise."""
    loaded = loaded_by(f"import {package}, downloadable.django_ui.templatetags.downloadable", before=DJANGO)
    assert package in loaded
    assert packages(loaded).isdisjoint(OPTIONAL)
    assert "django.contrib.admin" not in loaded


@pytest.mark.parametrize("described", [True, False])
def test_schema_of_an_api_is_loaded_where_it_is_written(described: bool) -> None:
    """A view of Django REST framework brings along what drf-spectacular says of it, if that is installed as an app."""
    apps = ["rest_framework", *(["drf_spectacular"] if described else [])]
    started = DJANGO.replace("configure()", f"configure(INSTALLED_APPS={apps})")
    loaded = loaded_by("from downloadable import DownloadAPIViewMixin", before=started)
    assert "downloadable.django_ui.rest" in loaded
    assert ("downloadable.django_ui.rest_schema" in loaded) is described


@pytest.mark.parametrize(
    "code",
    [pytest.param("import downloadable.django_ui.views", id="imported"), pytest.param(DOWNLOADS, id="used")],
)
def test_local_files_load_nothing_for_others(code: str) -> None:
    """Who serves files from the disk alone pays for nothing that speaks to other servers, stores or C."""
    loaded = loaded_by(code, before=DJANGO)
    assert "downloadable.django_ui.views" in loaded
    assert {module.name for module in pkgutil.iter_modules(adapters.__path__)} >= ELSEWHERE
    assert {f"downloadable.adapters.{name}" for name in ELSEWHERE}.isdisjoint(loaded)
    assert "ctypes" not in loaded


def test_heavy_packages_wait_for_their_first_use() -> None:
    """No module loads requests or fsspec just because it is imported."""
    loaded = loaded_by(EVERY_MODULE, before=DJANGO)
    assert "downloadable.django_ui" in loaded
    assert packages(loaded).isdisjoint(HEAVY)
