"""Print the configuration of the server in front."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from downloadable.adapters.delegates import Apache, Caddy, Lighttpd, Nginx
from downloadable.adapters.delegating import FrontServer
from downloadable.django_ui import conf
from downloadable.django_ui.proxies import apache, caddy, lighttpd, nginx
from downloadable.django_ui.proxies.project import Project, project_of
from downloadable.django_ui.proxies.text import CannotWrite, commented

__all__ = ["Command"]


@frozen
class Server:
    """A server in front: the class of its delegates, and who writes its configuration."""

    delegate: type[FrontServer]
    configuration: Callable[[Project], str]
    uris: bool


SERVERS: Mapping[str, Server] = {
    "nginx": Server(Nginx, nginx.configuration, uris=True),
    "apache": Server(Apache, apache.configuration, uris=False),
    "lighttpd": Server(Lighttpd, lighttpd.configuration, uris=False),
    "caddy": Server(Caddy, caddy.configuration, uris=True),
}


NO_STATIC_FILES = """\
STATIC_ROOT is not set, so nothing is said here of static files, and gunicorn and the like send none: pages come without
styles, unless WhiteNoise or another host sends them. Set it, run collectstatic, and print this again."""


class Command(BaseCommand):
    """``manage.py downloadable_proxy nginx``."""

    help = (
        "Print the configuration of the server in front, for the delegates in the setting DOWNLOADABLE. "
        "Nothing is written or started."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("server", choices=SERVERS, help="The server in front.")
        parser.add_argument(
            "--upstream",
            default="127.0.0.1:8000",
            metavar="HOST:PORT|unix:/PATH",
            help="Where Django's server, such as gunicorn, listens (default: %(default)s).",
        )
        parser.add_argument(
            "--listen",
            metavar="[HOST:]PORT",
            help="Where the server in front listens (default: port 80, on all addresses).",
        )
        parser.add_argument(
            "--server-name", metavar="NAME", help="Its name, such as www.example.com (default: any)."
        )
        parser.add_argument(
            "--keep",
            action="append",
            default=[],
            metavar="HEADER",
            help="A further header field of Django that reaches the client with a file; may be repeated.",
        )

    def handle(self, *args: Any, **options: Any) -> str:
        name: str = options["server"]
        server = SERVERS[name]
        try:
            delegates = [one for one in conf.delegates() if isinstance(one, server.delegate)]
            if not delegates:
                raise CommandError(nothing_to_do(name, server))
            project = project_of(
                delegates,
                upstream=options["upstream"],
                listen=options["listen"],
                server_name=options["server_name"],
                keep=options["keep"],
            )
            printed = server.configuration(project)
        except (CannotWrite, ImproperlyConfigured) as why:
            raise CommandError(str(why)) from why
        if apps.is_installed("django.contrib.staticfiles") and not settings.STATIC_ROOT:
            return f"{commented(NO_STATIC_FILES)}\n{printed}"
        return printed


def nothing_to_do(name: str, server: Server) -> str:
    """Say what to put into the settings, for the files of ``MEDIA_ROOT`` if there is one."""
    media = str(settings.MEDIA_ROOT or "/srv/media")
    roots = repr({media: "/protected/"} if server.uris else [media])
    backend = f"{server.delegate.__module__}.{server.delegate.__qualname__}"
    return f"""\
No delegate for {name} is configured. Put this into the settings:

    MIDDLEWARE = [
        ...,
        "downloadable.DownloadMiddleware",
    ]
    DOWNLOADABLE = {{
        "DELEGATES": [
            {{
                "BACKEND": "{backend}",
                "OPTIONS": {{"roots": {roots}}},
            }},
        ],
    }}"""
