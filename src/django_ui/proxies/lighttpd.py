"""lighttpd: mod_proxy, with X-Sendfile."""

from __future__ import annotations

from collections.abc import Iterator

from downloadable.django_ui.proxies.project import Project, links_comment, media_comment
from downloadable.django_ui.proxies.text import CannotWrite, commented, indented

__all__ = ["configuration"]


def configuration(project: Project) -> str:
    """
    Return a file for ``conf-available``.

    Raises:
        CannotWrite: If lighttpd has no words for something.
    """
    parts = [
        commented(heading(project)),
        """\
server.modules += ( "mod_access", "mod_alias", "mod_proxy", "mod_setenv" )
# For a second, lighttpd would send the old file with the ETag that Django has given to the new one.
server.stat-cache-engine := "disable"
""",
    ]
    if project.listen is not None:
        parts.append(listening(project.listen.host, project.listen.port))
    site = "\n".join(inside(project))
    if project.server_name is not None:
        site = f'$HTTP["host"] == {quoted(project.server_name)} {{\n{indented(site)}}}\n'
    parts.append(site)
    return "\n".join(parts)


def heading(project: Project) -> str:
    return f"""\
lighttpd in front of {project.settings}, as manage.py downloadable_proxy lighttpd has printed it.

Save it as /etc/lighttpd/conf-available/50-{project.name}.conf, then:

    lighty-enable-mod {project.name}
    lighttpd -tt -f /etc/lighttpd/lighttpd.conf && systemctl restart lighttpd

lighttpd must be able to read the files: its user (www-data, lighttpd) needs x on each directory above them."""


def listening(host: str | None, port: int) -> str:
    text = commented("In place of the port in lighttpd.conf.") + f"server.port := {port}\n"
    if host is not None:
        return f"{text}server.bind := {quoted(host)}\n"
    return f"""\
{text}\
# Debian's lighttpd.conf has port 80 for IPv6. Take this out if the machine has no IPv6 at all.
$SERVER["socket"] == "[::]:{port}" {{ }}
"""


def inside(project: Project) -> Iterator[str]:
    upstream = project.upstream
    address = (
        f'"host" => {quoted(upstream.socket)}'
        if upstream.socket
        else f'"host" => {quoted(upstream.host.strip("[]"))}, "port" => {upstream.port}'
    )
    roots = ",\n        ".join(quoted(tree.target or "/") for tree in project.trees)
    about = "\n".join(f"# {tree.target or '/'} is for {' and '.join(tree.names)}." for tree in project.trees)
    yield f"""\
# Django's server, such as gunicorn or uvicorn. It names a file by X-Sendfile, and lighttpd sends it: only what is
# below one of the paths in x-sendfile-docroot. lighttpd keeps all other fields of Django's answer, ETag and
# Last-Modified among them.
{about}
{links_comment(project)}\
{media_comment(project)}\
proxy.server = ( "/" => ((
    {address},
    "x-sendfile" => "enable",
    "x-sendfile-docroot" => (
        {roots}
    )
)))
# Debian's lighttpd.conf refuses URLs that end with ~ or .inc; here, Django decides.
url.access-deny := ()
# What Django streams itself goes out while it comes in; else lighttpd would first store all of it.
server.stream-response-body = 2
# mod_proxy says where a request came from; what a client says of that itself is dropped. And no client tells the
# application below which path it is (gunicorn believes that), nor which server it has in front.
setenv.set-request-header = (
    "X-Forwarded-For" => "",
    "X-Forwarded-Host" => "",
    "X-Forwarded-Port" => "",
    "SCRIPT_NAME" => "",
    "X-Sendfile-Type" => "",
    "X-Accel-Mapping" => ""
)
# Compressed on the way, a file would have another ETag than the one that Django compares. If you use mod_deflate:
# deflate.mimetypes = ()
"""
    if project.static is not None:
        yield static(*project.static)


def static(uri: str, directory: str) -> str:
    return f"""\
# Static files are for everybody. They are there after: manage.py collectstatic
$HTTP["url"] =^ {quoted(uri + "/")} {{
    proxy.server = ()
    alias.url = ( {quoted(uri + "/")} => {quoted(directory + "/")} )
    setenv.add-response-header = ( "X-Content-Type-Options" => "nosniff" )
}}
"""


def quoted(text: str) -> str:
    """
    Return *text* as one value.

    Raises:
        CannotWrite: If it has a backslash, which lighttpd takes for one or for two, as the version may be.
    """
    if "\\" in text:
        raise CannotWrite(
            f"lighttpd has no sure way to write the backslash in {text!r}; choose another name."
        )
    return '"' + text.replace('"', r"\"") + '"'
