"""
nginx: locations that fetch a file from another server, such as from a store by a signed link.

What that server refuses or fails to send has the status that it has where Django asks for it; but where nobody
answers, that is 502, which nginx says by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import fill
from urllib.parse import quote

from attrs import frozen

from downloadable.adapters.roots import UrlPrefix
from downloadable.django_ui.proxies.addresses import HOST
from downloadable.django_ui.proxies.nginx_fields import OF_STORES, OF_THE_FILE, brought_back, kept, variable
from downloadable.django_ui.proxies.nginx_syntax import block, quoted
from downloadable.django_ui.proxies.project import Project
from downloadable.django_ui.proxies.text import CannotWrite, commented

__all__ = ["inside", "outside"]

# As Django writes them into the field.
SAFE_IN_PATHS = "%/:?&=+,;@!$'()*~[]|"
ORIGIN = re.compile(rf"https?://(?:{HOST.pattern}):[0-9]+")
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
# Several sites on one nginx may share variables. Theirs are short names: nginx takes 46 letters, and in a pattern 32.
TARGET = "downloadable_target"
RANGE = "downloadable_range"
OF_DJANGO = "django_"
LONGEST = 46
CONDITIONS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range")


@frozen
class Failure:
    """
    What the other server says instead of sending the file.

    Args:
        name: A short word for it.

        status: What the client gets.

        said: Statuses of the other server.

        why: What to say about it, in words.

        told: Fields of the other server that the client gets, too.
    """

    name: str
    status: int
    said: tuple[int, ...]
    why: str
    told: tuple[str, ...] = ()


# fmt: off
OTHERWISE = (
    300, 301, 302, 303, 305, 307, 308, 400, 402, 405, 406, 407, 409, 411, 413, 414, 415, 417, 421, 422, 423, 424, 425,
    426, 428, 431, 451, 502,
)
# fmt: on
FAILURES = (
    Failure("not_found", 404, (404, 410), "What the other server does not have."),
    Failure(
        "refused",
        403,
        (401, 403),
        """\
What it refuses, and Django has allowed: the keys that links are signed with are not good, one of the clocks is
wrong, or the file is missing and the keys may not list (S3 then says 403 rather than 404).""",
    ),
    Failure("changed", 412, (412,), "What is no longer as the client knows it."),
    Failure("short", 416, (416,), "What is shorter than the client thinks.", ("Content-Range",)),
    # nginx takes a 408 for one of its own, and hangs up; its page does not go out, either.
    Failure(
        "busy",
        503,
        (408, 429, 500, 501, 503, 505, 507, 508, 511),
        "What it may send later.",
        ("Retry-After",),
    ),
    Failure("late", 504, (504,), "What has not come in time."),
    Failure(
        "unavailable",
        502,
        OTHERWISE,
        "What it has no proper answer about, and where it sends clients on. If nobody answers, the error log says so.",
    ),
)


def outside(project: Project) -> str:
    """
    Return what stands beside the ``server`` block.

    Raises:
        CannotWrite: If an origin has no name that a server can have.
    """
    for url in project.urls:
        if not ORIGIN.fullmatch(url.origin):
            raise CannotWrite(f"{url.origin!r} is no server that nginx could ask; write its name or address.")
    parts = [
        commented(
            f"Where the files below {url.origin}{url.path}/ are. nginx looks up the name when it starts or reloads;\n"
            "add servers, or use a resolver, for one whose addresses change more often."
        )
        + block(
            f"upstream {origin(project, number)}",
            f"server {url.origin.partition('://')[2]};\nkeepalive 16;\n",
        )
        for number, url in enumerate(project.urls, start=1)
    ]
    parts.append(
        commented(
            "Of another server, nginx asks for one range at a time: the answer to several would need a\n"
            "Content-Type of its own."
        )
        + block(f"map $http_range ${RANGE}", 'default $http_range;\n"~," "";\n')
    )
    return "\n".join(parts)


def origin(project: Project, number: int) -> str:
    return f"{project.name}_origin_{number}"


def inside(project: Project) -> Iterator[str]:
    """Yield what stands within the ``server`` block."""
    for number, url in enumerate(project.urls, start=1):
        yield location(project, number, url)
    for failure in FAILURES:
        told = "".join(
            f"add_header {name} $upstream_http_{variable(name)} always;\n" for name in failure.told
        )
        yield commented(failure.why) + block(
            f"location @{project.name}_{failure.name}", f"{told}return {failure.status};\n"
        )


def location(project: Project, number: int, url: UrlPrefix) -> str:
    if any(mark in url.target for mark in "%?#"):
        raise CannotWrite(f"nginx would not recognize {url.target!r}; choose a URI of plain letters.")
    scheme, _, address = url.origin.partition("://")
    host = address.removesuffix(DEFAULT_PORTS[scheme])
    base = quote(url.path, safe=SAFE_IN_PATHS)
    # By name: what is captured by number, nginx encodes again if the client has encoded anything.
    pattern = "^" + re.escape(quote(url.target, safe=SAFE_IN_PATHS)) + f"(?<{TARGET}>/.+)$"
    # A dollar sign that is one stands at the end of the pattern; quoted() is for what others have named.
    matched = quoted(pattern[:-1])[:-1] + '$"'
    fetched = quoted(f"{scheme}://{origin(project, number)}{base}")[:-1] + f'${TARGET}"'
    return commented(f"Files below {url.origin}{url.path}/, fetched from there.") + block(
        f"location ^~ {quoted(url.target + '/')}",
        f"""\
# Nobody can ask for these from outside: only an answer of Django leads here, by X-Accel-Redirect.
internal;
# What Django has written, byte for byte: nginx would decode the path, and a signed link would no longer hold.
if ($upstream_http_x_accel_redirect !~ {matched}) {{
    return 404;
}}
# Django's fields, while they can be read: below, $upstream_ is the other server.
{remembered(project)}\
proxy_pass {fetched};
proxy_set_header Host {quoted(host)};
{encrypted(scheme, host)}\
proxy_http_version 1.1;
proxy_set_header Connection "";
# A link is signed for one method.
proxy_method GET;
# The other server hears no cookie, no password, and nothing else of the client, but for ranges and conditions.
proxy_pass_request_body off;
proxy_pass_request_headers off;
proxy_set_header Content-Length "";
proxy_set_header Accept-Encoding identity;
proxy_set_header Range ${RANGE};
{"".join(f"proxy_set_header {name} $http_{variable(name)};" + chr(10) for name in CONDITIONS)}\
# It must not lead nginx anywhere, and its own description of the file makes room for Django's.
proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset
                     Cache-Control Expires Set-Cookie Vary;
{hidden(project)}\
# Its error pages are not what the client wants to save.
proxy_intercept_errors on;
{error_pages(project)}\
{buffered(project.buffering)}\
gzip off;
{brought_back(project, OF_DJANGO)}""",
    )


def error_pages(project: Project) -> str:
    return "".join(
        f"error_page {wrapped(failure.said)} = @{project.name}_{failure.name};\n" for failure in FAILURES
    )


def wrapped(statuses: tuple[int, ...]) -> str:
    return fill(" ".join(map(str, statuses)), width=90, subsequent_indent=" " * len("error_page "))


def remembered(project: Project) -> str:
    lines = []
    for name in kept(project):
        if len(OF_DJANGO + name) > LONGEST:
            raise CannotWrite(f"nginx has no variable for a name as long as {name!r}; keep another field.")
        lines.append(f"set ${OF_DJANGO}{variable(name)} $upstream_http_{variable(name)};\n")
    return "".join(lines)


def encrypted(scheme: str, host: str) -> str:
    if scheme == "http":
        return ""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return f"""\
# Who answers must prove to be {name}.
proxy_ssl_server_name on;
proxy_ssl_name {quoted(name)};
proxy_ssl_verify on;
proxy_ssl_verify_depth 4;
proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
"""


def hidden(project: Project) -> str:
    names = dict.fromkeys(name.lower() for name in (*OF_THE_FILE, *kept(project), *OF_STORES))
    lines = "".join(f"proxy_hide_header {name};\n" for name in names)
    return f"""\
# Room for all these names.
proxy_headers_hash_max_size 2048;
proxy_headers_hash_bucket_size 256;
{lines}\
# Metadata that you have given to objects goes out, unless you add such lines for x-amz-meta-NAME and its like.
"""


def buffered(buffering: bool | None) -> str:
    if buffering is False:
        return "# As the delegate's buffering=False says.\nproxy_buffering off;\n"
    return """\
# A large file is read as fast as the client takes it, and not written to a temporary one.
proxy_max_temp_file_size 0;
"""
