"""nginx: a ``server`` block, with an internal location for each root."""

from __future__ import annotations

from collections.abc import Iterator

from downloadable.django_ui.proxies import nginx_origins
from downloadable.django_ui.proxies.addresses import Listen, Upstream
from downloadable.django_ui.proxies.nginx_fields import brought_back
from downloadable.django_ui.proxies.nginx_syntax import block, quoted
from downloadable.django_ui.proxies.project import Project, Tree, media_comment
from downloadable.django_ui.proxies.text import commented
from downloadable.django_ui.proxies.uris import check_uris

__all__ = ["configuration"]


def configuration(project: Project) -> str:
    """
    Return a file for the ``http`` block of nginx.

    Raises:
        CannotWrite: If nginx has no words for something.
    """
    check_uris(project)
    parts = [commented(heading(project)), upstream(project)]
    if project.urls:
        parts.append(nginx_origins.outside(project))
    parts.append(block("server", "\n".join(inside(project))))
    return "\n".join(parts)


def heading(project: Project) -> str:
    # A site with a name gets its requests beside others.
    default = "    rm -f /etc/nginx/sites-enabled/default\n" if project.server_name is None else ""
    return f"""\
nginx in front of {project.settings}, as manage.py downloadable_proxy nginx has printed it.

Save it as /etc/nginx/conf.d/{project.name}.conf, then:

{default}\
    nginx -t && systemctl reload nginx

nginx must be able to read the files: its user (www-data, nginx) needs x on each directory above them."""


def upstream(project: Project) -> str:
    return commented("Django's server, such as gunicorn or uvicorn.") + block(
        f"upstream {project.name}_django", f"server {address(project.upstream)};\n"
    )


def address(upstream: Upstream) -> str:
    return f"unix:{upstream.socket}" if upstream.socket else f"{upstream.host}:{upstream.port}"


def inside(project: Project) -> Iterator[str]:
    listen = listening(project.listen or Listen(None, 80))
    yield f"""\
# For HTTPS: listen 443 ssl; ssl_certificate ...; ssl_certificate_key ...;
{listen}\
server_name {project.server_name or "_"};
# For uploads: nginx refuses more than 1 MB, unless you say how much: client_max_body_size 100m;
"""
    yield django(project)
    if project.static is not None:
        yield static(*project.static)
    if project.media is not None:
        yield media_comment(project)
    for tree in project.trees:
        yield local(project, tree)
    if project.urls:
        yield from nginx_origins.inside(project)


def listening(listen: Listen) -> str:
    if listen.host is not None:
        return f"listen {listen};\n"
    return f"""\
listen {listen.port};
# Take this out if the machine has no IPv6 at all.
listen [::]:{listen.port};
"""


def django(project: Project) -> str:
    return block(
        "location /",
        f"""\
proxy_pass http://{project.name}_django;
# What Django streams itself comes in chunks, so that nginx notices if it ends too early.
proxy_http_version 1.1;
# The head of an answer names the file, every byte of it encoded, beside cookies and policies: more than the usual 4 KB.
proxy_buffer_size 16k;
proxy_buffers 4 16k;
proxy_set_header Host $http_host;
# These take the place of what a client sends by that name.
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Host $http_host;
proxy_set_header X-Forwarded-Port $server_port;
proxy_set_header X-Forwarded-Proto $scheme;
# No client tells the application which server it has in front.
proxy_set_header X-Sendfile-Type "";
proxy_set_header X-Accel-Mapping "";
""",
    )


def static(uri: str, directory: str) -> str:
    return commented("Static files are for everybody. They are there after: manage.py collectstatic") + block(
        f"location ^~ {quoted(uri + '/')}",
        f"""\
alias {quoted(directory + "/")};
add_header X-Content-Type-Options nosniff always;
""",
    )


def local(project: Project, tree: Tree) -> str:
    """Return the location of the files of a directory."""
    about = f"Files of {' and of '.join(tree.names)}."
    alias = "/THE/DIRECTORY" if tree.directory is None else tree.directory
    text = commented(about) + block(
        f"location ^~ {quoted(tree.target + '/')}",
        f"""\
# Nobody can ask for these from outside: only an answer of Django leads here, by X-Accel-Redirect.
# So no URL of Django's own may begin like this.
internal;
# The slashes at both ends belong there. Where nginx runs in another container, this is the path in that one.
alias {quoted(alias + "/")};
{confined(tree, quoted(f"from={alias or '/'}"))}\
sendfile on;
tcp_nopush on;
# Compressed on the way, a file would have no ranges.
gzip off;
etag on;
# A client may have seen a later date than the file's: RFC 9110, section 13.1.3.
if_modified_since before;
{brought_back(project, "upstream_http_")}""",
    )
    if tree.directory is not None:
        return text
    return commented(
        "FILL IN: Django cannot tell where these files are. Say so below, and take the # away."
    ) + commented(text)


def confined(tree: Tree, below: str) -> str:
    """Return what keeps nginx to the files below the directory."""
    if not tree.seen:
        return f"""\
# Django cannot look here whether a link leads out of the directory, so nginx follows none below it.
disable_symlinks on {below};
# Nor whether it is a directory, whose place here a redirection would tell.
if (-d $request_filename) {{
    return 404;
}}
"""
    return f"""\
# Django hands over no link that leads out of the directory; this is against one that is put there a moment later.
# Take it out if links and the files that they lead to, within the directory, belong to different users.
disable_symlinks if_not_owner {below};
"""
