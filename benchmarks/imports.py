"""Measure what importing the views costs a process that has loaded Django, and what comes along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from tempfile import TemporaryDirectory

from benchmarks.clients import here
from benchmarks.figures import OURS, Figures
from tests.servers.processes import ROOT, cleaned

__all__ = ["measure_imports"]

MODULES = {
    OURS: "downloadable.django_ui.views",
    "downloadview": "django_downloadview",
    "sendfile2": "django_sendfile",
    "WhiteNoise": "whitenoise.middleware",
    "Starlette": "starlette.responses",
}

UNNEEDED = (
    *("requests", "requests_hardened", "urllib3", "httpx", "aiohttp"),
    *("fsspec", "s3fs", "storages", "boto3", "botocore", "google.cloud", "azure", "obstore"),
    *("pytest", "unittest", "django.test"),
)
"""What a process pays for only when it uses it: HTTP clients, fsspec, back-ends of storages, tests."""

SCRIPT = """
import json, sys, time
from importlib import import_module
from django.conf import settings
settings.configure(USE_TZ=True)
import django
django.setup()
for name in ("core.handlers.wsgi", "core.handlers.asgi", "db.models", "urls", "views.generic"):
    import_module(f"django.{name}")
before = set(sys.modules)
begun = time.process_time()
import_module(sys.argv[1])
ended = time.process_time()
print(json.dumps({"ms": (ended - begun) * 1000, "modules": sorted(set(sys.modules) - before)}))
"""


def measure_imports(figures: Figures, rounds: int) -> None:
    """Import each in fresh interpreters, in turns: the first time compiles, and of the others the least counts."""
    best: dict[str, tuple[float, list[str]]] = {}
    with here(), TemporaryDirectory(prefix="downloadable-bench-") as compiled:
        for number in range(rounds + 1):
            for who, module in MODULES.items():
                if find_spec(module.partition(".")[0]) is None:
                    continue
                taken, loaded = imported(module, compiled)
                if number and (who not in best or taken < best[who][0]):
                    best[who] = taken, loaded
    for who, (taken, loaded) in best.items():
        unneeded = {name for name in UNNEEDED for one in loaded if f"{one}.".startswith(f"{name}.")}
        named = {"ms": taken, "modules": len(loaded), "unneeded packages": len(unneeded)}
        figures.add("import of the views", who, named)
    packages = {name.partition(".")[0] for name in best[OURS][1]} - sys.stdlib_module_names
    figures.notes.append(f"Importing the views loads of other packages: {', '.join(sorted(packages))}.")


def imported(module: str, compiled: str) -> tuple[float, list[str]]:
    """
    Return the milliseconds of the processor that it took, and the names of the modules that were not there before.

    Args:
        module: What to import.

        compiled: Directory for what Python compiles, which an installed package has beside it.
    """
    environment = {**cleaned(os.environ), "PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, module],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    told = json.loads(done.stdout)
    return told["ms"], told["modules"]
