"""How the demo starts, and how it ends: what run.py does."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from io import StringIO
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self, TypeVar

import django
from attrs import frozen
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer

from demo import fronts, running, servers
from demo.buckets import NoBucket, kept_bucket, origin_of
from demo.fronts import CannotStart, FrontKind
from demo.running import HOST, PortTaken, closed_to_others, free_port, public_directory, stop_all, wait_until
from demo.servers import SERVERS, Quiet, ServerKind, listening_for

FRONTS: Mapping[str, FrontKind] = {kind.name: kind for kind in fronts.FRONTS}
VAR = Path(__file__).resolve().parent / "var"
LOOKING_SECONDS = 0.5

Choice = TypeVar("Choice")


class Wrong(Exception):
    """What whoever starts the demo has to say differently, in a sentence."""


@frozen
class Wanted:
    """
    What to start.

    Args:
        port: 0 for a free one.

        front: ``None`` if Django's server is to listen there itself.
    """

    port: int
    server: ServerKind
    front: FrontKind | None

    @classmethod
    def of(
        cls,
        variables: Mapping[str, str],
        fronts: Mapping[str, FrontKind] = FRONTS,
        servers: Mapping[str, ServerKind] = SERVERS,
    ) -> Wanted:
        """
        Read the environment.

        Raises:
            Wrong: If it makes no sense, or names what is not installed.
        """
        port, front = variables.get("PORT", "8000"), variables.get("FRONT", "")
        if not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise Wrong(f"PORT={port} is no port. Take one from 1 to 65535, such as: make demo PORT=8001")
        wanted = cls(
            int(port),
            chosen("SERVER", variables.get("SERVER") or "wsgi", servers),
            chosen("FRONT", front, fronts) if front else None,
        )
        try:
            wanted.server.check()
            if wanted.front is not None:
                wanted.front.found()
            if "DEMO_BUCKET_URL" in variables:
                origin_of(variables["DEMO_BUCKET_URL"])
        except (CannotStart, NoBucket) as error:
            raise Wrong(str(error)) from error
        return wanted


def chosen(variable: str, name: str, there_are: Mapping[str, Choice]) -> Choice:
    """
    Return what is called *name*.

    Raises:
        Wrong: If nothing is.
    """
    if name not in there_are:
        *others, last = there_are
        raise Wrong(f"There is no {variable}={name}, but {', '.join(others)} and {last}.")
    return there_are[name]


class Interruption:
    """Notes Ctrl-C and its like until the end of the block: nothing is torn in the middle, and all is cleared away."""

    def __enter__(self) -> Self:
        self._noted, self._noting = os.pipe()
        os.set_blocking(self._noting, False)
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # The process is about to end: whoever is impatient now would only keep it from clearing away.
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.SIG_IGN)
        os.close(self._noted)
        os.close(self._noting)

    def _note(self, *_: object) -> None:
        with suppress(BlockingIOError):
            os.write(self._noting, b"!")

    def came(self, seconds: float = 0) -> bool:
        """Wait for it, so long at most."""
        return bool(select.select([self._noted], [], [], seconds)[0])


def serve_demo(wanted: Wanted, interruption: Interruption) -> None:
    """
    Start all that there is, wait, and end it.

    Raises:
        Wrong: If a port is taken, or the server in front may not look at the files.

        CannotStart: If one of the servers does not start, or ends by itself.
    """
    with ExitStack() as stack:
        behind = 0 if wanted.front else wanted.port
        try:
            listening = stack.enter_context(listening_for(wanted.server, behind))
            port = wanted.port if wanted.front else listening.getsockname()[1]
            if wanted.front:
                port = port or free_port()
                listening_for(wanted.server, port).close()
        except (OSError, OverflowError) as error:
            raise taken(wanted.port, error) from error
        prepare(stack, wanted, port)
        if interruption.came():
            return
        process = servers.started(wanted.server, listening, {})
        stack.callback(stop_all, process)
        wait_until(process, listening.getsockname()[1], wanted.server.name)
        processes = {wanted.server.name: process}
        if wanted.front:
            processes[wanted.front.name] = put_in_front(stack, wanted.front, listening.getsockname()[1], port)
        print(f"The demo is on http://{HOST}:{port}/ until Ctrl-C.", flush=True)
        while not interruption.came(LOOKING_SECONDS):
            for name, one in processes.items():
                if one.poll() is not None:
                    raise CannotStart(f"{name} has ended by itself, with status {one.returncode}.")


def taken(port: int, error: Exception) -> Wrong:
    why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "it is in use"
    return Wrong(f"Cannot listen on port {port}: {why}. Take another: make demo PORT=8001")


def prepare(stack: ExitStack, wanted: Wanted, port: int) -> None:
    """Set the environment of all that follows, start what keeps documents elsewhere, and make the samples."""
    var = Path(os.environ.setdefault("DEMO_VAR", str(VAR)))
    var.mkdir(parents=True, exist_ok=True)
    if "DEMO_BUCKET_URL" not in os.environ:
        variables = stack.enter_context(kept_bucket(var))
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(variables)
    origin = stack.enter_context(ThreadedWSGIServer((HOST, 0), Quiet))
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"
    os.environ["DEMO_ORIGIN"] = f"http://{HOST}:{origin.server_port}"
    os.environ["DEMO_URL"] = f"http://{HOST}:{port}"
    os.environ["DEMO_FRONT"] = wanted.front.name if wanted.front else ""
    django.setup()

    from demo.samples import make_samples
    from demo.wsgi import application

    make_samples()
    origin.set_app(application)
    Thread(target=origin.serve_forever, daemon=True).start()
    stack.callback(origin.shutdown)


def put_in_front(stack: ExitStack, kind: FrontKind, behind: int, port: int) -> subprocess.Popen[bytes]:
    """
    Start the server in front, from what ``downloadable_proxy`` prints.

    Raises:
        Wrong: If it may not look at the files, or the port is taken after all.
    """
    from django.conf import settings

    if os.geteuid() == 0:
        closed = closed_to_others(Path(settings.MEDIA_ROOT))
        if closed is not None:
            raise Wrong(
                f"As root, {kind.name} runs as nobody, who may not look into {closed}. "
                f"Keep the files elsewhere: make demo FRONT={kind.name} DEMO_VAR=/var/tmp/demo"
            )
    text = StringIO()
    call_command(
        "downloadable_proxy", kind.name, upstream=f"{HOST}:{behind}", listen=f"{HOST}:{port}", stdout=text
    )
    directory = stack.enter_context(public_directory())
    try:
        front = running.started(kind, directory, port, text.getvalue())
    except PortTaken as error:
        raise taken(port, error) from error
    stack.callback(stop_all, front.process)
    print(f"In front is {kind.name}, configured by {front.configuration}.", flush=True)
    return front.process


def main() -> None:
    try:
        with Interruption() as interruption:
            serve_demo(Wanted.of(os.environ), interruption)
    except Wrong as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except CannotStart as error:
        sys.exit(str(error))
    print("\nStopped.")


if __name__ == "__main__":
    main()
