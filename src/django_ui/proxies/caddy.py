"""Caddy: a site whose ``reverse_proxy`` handles the answers that name a file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from downloadable.django_ui.proxies.addresses import Upstream
from downloadable.django_ui.proxies.project import Project, Tree, links_comment, media_comment
from downloadable.django_ui.proxies.text import CannotWrite, commented, indented
from downloadable.django_ui.proxies.uris import check_uris

__all__ = ["configuration"]

OF_CADDY = (
    "X-Accel-Redirect",
    "Content-Length",
    "Content-Encoding",
    "ETag",
    "Last-Modified",
    "Accept-Ranges",
    "Server",
)


def configuration(project: Project) -> str:
    """
    Return a Caddyfile, or a part of one.

    Raises:
        CannotWrite: If Caddy has no words for something.
    """
    check_uris(project)
    parts = []
    if project.listen is not None and project.listen.host is not None:
        parts.append(f"bind {project.listen.host.strip('[]')}\n")
    if project.static is not None:
        parts.append(static(*project.static))
    parts.append(f"reverse_proxy {address(project.upstream)} {{\n{indented(handling(project))}}}\n")
    site = "\n".join(parts)
    text = commented(heading(project)) + f"\n{site_of(project)} {{\n{indented(site)}}}\n"
    # As caddy fmt wants it, or Caddy warns.
    return re.sub(r"^( {4})+", lambda spaces: "\t" * (len(spaces[0]) // 4), text, flags=re.MULTILINE)


def heading(project: Project) -> str:
    return f"""\
Caddy in front of {project.settings}, as manage.py downloadable_proxy caddy has printed it.

Save it as /etc/caddy/{project.name}.caddy, write "import {project.name}.caddy" into /etc/caddy/Caddyfile, in place of
the site that is there, then:

    caddy validate --config /etc/caddy/Caddyfile --adapter caddyfile && systemctl reload caddy

Caddy must be able to read the files: its user (caddy) needs x on each directory above them."""


def site_of(project: Project) -> str:
    """Return the address of the site: with a name and no port, Caddy gets a certificate for it."""
    if project.listen is None:
        return project.server_name or ":80"
    return f"http://{project.server_name or ''}:{project.listen.port}"


def address(upstream: Upstream) -> str:
    return f"unix/{upstream.socket}" if upstream.socket else f"{upstream.host}:{upstream.port}"


def static(url: str, directory: str) -> str:
    return f"""\
# Static files are for everybody. They are there after: manage.py collectstatic
handle_path {uri(url + "/*")} {{
    root * {quoted(directory)}
    header X-Content-Type-Options nosniff
    file_server
}}
"""


def handling(project: Project) -> str:
    return "\n".join([forwarded(), *files(project), unknown()])


def forwarded() -> str:
    return """\
# Caddy says where a request came from, and drops what a client says of that itself.
header_up -X-Forwarded-Port
# No client tells the application below which path it is (gunicorn believes that), nor which server it has in front.
header_up -SCRIPT_NAME
header_up -X-Sendfile-Type
header_up -X-Accel-Mapping
"""


def files(project: Project) -> Iterator[str]:
    if project.media is not None:
        yield media_comment(project)
    if any(not tree.seen for tree in project.trees):
        yield links_comment(project)
    # The first that fits counts.
    trees = sorted(project.trees, key=lambda tree: -len(tree.target))
    for number, tree in enumerate(trees, start=1):
        yield local(tree, number)


def local(tree: Tree, number: int) -> str:
    text = f"""\
# Files of {" and of ".join(tree.names)}. Only an answer of Django leads here, by X-Accel-Redirect.
@files_{number} header X-Accel-Redirect {uri(tree.target + "/*")}
handle_response @files_{number} {{
    # Where Caddy runs in another container, this is the path in that one.
    root * {quoted("/THE/DIRECTORY" if tree.directory is None else tree.directory or "/")}
    # What answers a POST is a file, too. A HEAD stays one: Caddy would send the file after its head.
    @other_{number} not method HEAD
    method @other_{number} GET
    rewrite * {{rp.header.X-Accel-Redirect}}
    uri strip_prefix {uri(tree.target)}
    # All fields of Django's answer reach the client, but those that Caddy makes itself.
    copy_response_headers {{
        exclude {" ".join(OF_CADDY)}
    }}
    file_server {{
        # Django's URL stays as it is, even if it ends with a slash.
        disable_canonical_uris
        # A directory is no file, whatever is in it.
        index ""
    }}
}}
"""
    if tree.directory is not None:
        return text
    return commented(
        "FILL IN: Django cannot tell where these files are. Say so below, and take the # away.\n" + text
    )


def unknown() -> str:
    return """\
# Django has named a file that is below none of these: its settings, or this file, are out of date.
@unknown header X-Accel-Redirect *
handle_response @unknown {
    respond 500
}
"""


def uri(text: str) -> str:
    """
    Return the beginning of a path, which Caddy takes away again.

    Raises:
        CannotWrite: If Caddy would not recognize it.
    """
    if not text.isascii() or "%" in text:
        raise CannotWrite(f"Caddy does not recognize {text!r} in a URI; choose plain letters.")
    return quoted(text)


def quoted(text: str) -> str:
    """
    Return *text* as one token.

    Raises:
        CannotWrite: If it has braces, which Caddy replaces wherever they are, or a backquote.
    """
    if any(mark in text for mark in "{}`"):
        raise CannotWrite(
            f"Caddy has no way to write {text!r}, for its braces or backquotes; choose another name."
        )
    return f"`{text}`"
