"""Apache: a virtual host with mod_proxy and mod_xsendfile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

from downloadable.django_ui.proxies.addresses import Upstream
from downloadable.django_ui.proxies.project import Project, links_comment, media_comment
from downloadable.django_ui.proxies.text import CannotWrite, commented, indented

__all__ = ["configuration"]

LISTENED_ON_ALREADY = (80, 443)
# The extensions that Debian's mime.conf, and those of others, take for languages and codings.
LANGUAGES = """
amh ara be bg bn br bs ca cs cy cz da de dk dz el en eo es et eu fa fi fr ga glg gu he hi hr hu hy id is it ja
ka kk km kn ko ku lo lt ltz lv mg mk ml mr msa ne nl nn no nob pa po pt pt-br ro ru sa se si sk sl sq sr sv ta
te th tl tr uk ur vi wo xh zh-cn zh-tw
"""
CODINGS = "Z br bz2 gz tgz xz zst"


def configuration(project: Project) -> str:
    """
    Return a file for ``sites-available``.

    Raises:
        CannotWrite: If Apache has no words for something.
    """
    listen = project.listen
    parts = [commented(heading(project))]
    if listen is not None and listen.port not in LISTENED_ON_ALREADY:
        parts.append(
            commented("Ports 80 and 443 are in ports.conf. For this one, say it once, for all sites.")
            + f"Listen {listen}\n"
        )
    address = "*:80" if listen is None else f"{listen.host or '*'}:{listen.port}"
    host = "\n".join(inside(project))
    parts.append(f"<VirtualHost {address}>\n{indented(host)}</VirtualHost>\n")
    return "\n".join(parts)


def heading(project: Project) -> str:
    # A site with a name gets its requests beside others.
    default = "    a2dissite 000-default\n" if project.server_name is None else ""
    return f"""\
Apache in front of {project.settings}, as manage.py downloadable_proxy apache has printed it.

Save it as /etc/apache2/sites-available/{project.name}.conf, then:

    apt-get install libapache2-mod-xsendfile
    a2enmod proxy proxy_http headers alias env xsendfile
    a2ensite {project.name}
{default}\
    apachectl configtest && systemctl reload apache2

Apache must be able to read the files: its user (www-data, apache) needs x on each directory above them."""


def inside(project: Project) -> Iterator[str]:
    name = "" if project.server_name is None else f"ServerName {project.server_name}\n"
    yield f"{name}# For HTTPS: SSLEngine On, SSLCertificateFile, SSLCertificateKeyFile, and port 443 above.\n"
    if project.static is not None:
        yield static(*project.static)
    yield django(project.upstream)
    yield files(project)


def static(uri: str, directory: str) -> str:
    return f"""\
# Static files are for everybody. They are there after: manage.py collectstatic
ProxyPass {quoted(uri + "/")} "!"
Alias {quoted(uri + "/")} {quoted(directory + "/")}
# Not <Directory>, which takes the brackets and asterisks of a name for a pattern.
<Location {quoted(uri + "/")}>
    Require all granted
    Options -Indexes
    Header always set X-Content-Type-Options nosniff
</Location>
"""


def django(upstream: Upstream) -> str:
    address = (
        f"unix:{upstream.socket}|http://localhost/"
        if upstream.socket
        else f"http://{upstream.host}:{upstream.port}/"
    )
    return f"""\
# Django's server, such as gunicorn or uvicorn. URLs reach it as they have come (nocanon), with %2F in them, too.
# Each request has a connection of its own: one that waits for the next may just be closed.
AllowEncodedSlashes NoDecode
ProxyPreserveHost On
ProxyPass "/" {quoted(address)} nocanon disablereuse=on
# mod_proxy says where a request came from; what a client says of that itself is dropped.
RequestHeader unset X-Forwarded-For
RequestHeader unset X-Forwarded-Host
RequestHeader unset X-Forwarded-Port
RequestHeader unset X-Forwarded-Server
RequestHeader set X-Forwarded-Proto expr=%{{REQUEST_SCHEME}}
# No client tells the application below which path it is (gunicorn believes that), nor which server it has in front.
RequestHeader unset SCRIPT_NAME
RequestHeader unset X-Sendfile-Type
RequestHeader unset X-Accel-Mapping
"""


def files(project: Project) -> str:
    # No comment may end with a name: a backslash there would make the next line a part of the comment.
    paths = "\n".join(
        f"# For {' and '.join(tree.names)}:\nXSendFilePath {quoted(tree.target or '/')}"
        for tree in project.trees
    )
    return f"""\
# Django names a file by X-Sendfile, and mod_xsendfile sends it: only what is below one of these paths.
# Apache keeps all other fields of Django's answer, ETag and Last-Modified among them.
XSendFile On
{paths}
{links_comment(project)}\
{media_comment(project)}\
# The kernel copies files to the network. Take this out if they are on a network file system.
EnableSendfile On
# Compressed on the way, a file would have another ETag than the one that Django compares.
# For pages there is Django's GZipMiddleware.
<Proxy "*">
    SetEnv no-gzip 1
    SetEnv no-brotli 1
    # Nor is a part of a name a language or a coding of the file: those are Django's to tell.
    <IfModule mod_mime.c>
{removed("Language", LANGUAGES)}\
{removed("Encoding", CODINGS)}\
    </IfModule>
</Proxy>
"""


def removed(meaning: str, names: str) -> str:
    """Return the lines by which mod_mime forgets what some extensions mean."""
    lines = wrap(" ".join(f".{name}" for name in names.split()), 90, break_on_hyphens=False)
    return "".join(f"        Remove{meaning} {line}\n" for line in lines)


def quoted(text: str) -> str:
    """
    Return *text* as one argument.

    Raises:
        CannotWrite: If Apache would replace a part of it.
    """
    if "${" in text:
        raise CannotWrite(f"Apache takes '${{' in {text!r} for a variable; choose another name.")
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
