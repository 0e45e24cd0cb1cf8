"""
The servers in front: what each needs on this machine, beside the configuration that is printed for a site.

What is printed is not touched; it is included by a wrapper of a few lines, which says where this one server has its log
and its temporary files. Much of it is there because Debian has it: they list directories, negotiate and compress.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

__all__ = ["APACHE", "CADDY", "FRONTS", "LIGHTTPD", "NGINX", "CannotStart", "FrontKind"]

MODULES = Path("/usr/lib/apache2/modules")
# What Debian enables by itself, as far as it is needed here; and what the printed configuration asks for.
LOADED = ("mpm_event", "authz_core", "mime", "alias", "autoindex", "env", "filter", "deflate")
ENABLED = ("proxy", "proxy_http", "headers", "xsendfile")


def nginx(printed: Path, directory: Path) -> str:
    """The rest of nginx.conf; as Debian's, it compresses pages."""
    private = directory / "private"
    return f"""\
daemon off;
worker_processes 1;
pid {private}/pid;
error_log {directory}/log warn;
events {{
    worker_connections 512;
}}
http {{
    access_log off;
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    gzip on;
    client_max_body_size 1g;
    client_body_temp_path {private}/body;
    proxy_temp_path {private}/proxy;
    fastcgi_temp_path {private}/fastcgi;
    uwsgi_temp_path {private}/uwsgi;
    scgi_temp_path {private}/scgi;
    include {printed};
}}
"""


def apache(printed: Path, directory: Path) -> str:
    """The rest of apache2.conf, with the modules that the printed comments ask for, and what Debian's has elsewhere."""
    private = directory / "private"
    modules = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in (*LOADED, *ENABLED))
    return f"""\
ServerRoot {private}
ServerName 127.0.0.1
DocumentRoot {private}
DefaultRuntimeDir {private}
PidFile {private}/pid
Mutex file:{private}
{modules}\
ErrorLog {directory}/log
LogLevel warn
<Directory "/">
    Options Indexes FollowSymLinks
</Directory>
<FilesMatch "^\\.ht">
    Require all denied
</FilesMatch>
TypesConfig /etc/mime.types
AddLanguage fr .fr
AddEncoding x-gzip .gz
AddOutputFilterByType DEFLATE text/plain text/html application/octet-stream application/pdf
Include {printed}
"""


def lighttpd(printed: Path, directory: Path) -> str:
    """The rest of lighttpd.conf, with what Debian's refuses and normalizes."""
    private = directory / "private"
    return f"""\
server.modules = ( "mod_access" )
server.http-parseopts = (
    "url-normalize-unreserved" => "enable",
    "url-normalize-required" => "enable",
    "url-ctrls-reject" => "enable",
    "url-path-2f-decode" => "enable",
    "url-path-dotseg-remove" => "enable"
)
url.access-deny = ( "~", ".inc" )
server.document-root = "{private}"
server.errorlog = "{directory}/log"
server.upload-dirs = ( "{private}" )
server.port = 80
mimetype.assign = ( ".txt" => "text/plain" )
include "{printed}"
"""


def caddy(printed: Path, directory: Path) -> str:
    """The global options of a Caddyfile."""
    return f"""\
{{
	admin off
	grace_period 1s
	auto_https disable_redirects
	log {{
		level WARN
	}}
}}
import {printed}
"""


class CannotStart(Exception):
    """A server cannot be started; the text says why, and what would help."""


@frozen
class FrontKind:
    """
    A server in front.

    Args:
        name: As ``downloadable_proxy`` calls it.

        program: What runs.

        arguments: Its command line; ``{wrapper}`` and ``{directory}`` are replaced.

        wrapper: Returns the text of its own configuration, given the path of the printed one and its directory.

        needs: Files that come with it, beside the program.
    """

    name: str
    program: str
    arguments: tuple[str, ...]
    wrapper: Callable[[Path, Path], str]
    needs: tuple[str, ...] = ()

    def found(self) -> str:
        """
        Return where the program is.

        Raises:
            CannotStart: If it, or what it needs, is not installed.
        """
        # Where ordinary users' PATH does not lead.
        path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
        program = shutil.which(self.program, path=path)
        missing = [need for need in self.needs if not Path(need).exists()]
        if program is None or missing:
            what = self.program if program is None else missing[0]
            raise CannotStart(f"{what} is missing. This installs it: make system-packages")
        return program


NGINX = FrontKind(
    "nginx",
    "nginx",
    ("-e", "{directory}/log", "-p", "{directory}", "-c", "{wrapper}"),
    nginx,
    ("/etc/nginx/mime.types",),
)
APACHE = FrontKind(
    "apache",
    "apache2",
    ("-D", "FOREGROUND", "-f", "{wrapper}"),
    apache,
    ("/usr/lib/apache2/modules/mod_xsendfile.so", "/etc/mime.types"),
)
LIGHTTPD = FrontKind("lighttpd", "lighttpd", ("-D", "-f", "{wrapper}"), lighttpd)
CADDY = FrontKind("caddy", "caddy", ("run", "--adapter", "caddyfile", "--config", "{wrapper}"), caddy)
FRONTS = (NGINX, APACHE, LIGHTTPD, CADDY)
