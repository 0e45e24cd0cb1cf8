"""How to mend each server: the lines of its configuration that matter here."""

from __future__ import annotations

import re

from attrs import frozen

from downloadable.adapters.delegates import Apache, Caddy, Lighttpd, Nginx
from downloadable.adapters.delegating import FrontServer
from downloadable.ports import Delegate

__all__ = ["Advice", "advice_for", "recognised"]


@frozen(kw_only=True)
class Advice:
    """
    What to do to one server; the lines hold ``{here}``, where Django has the files, and ``{there}``, the server's word.

    Args:
        name: What people call it.

        delegate: The delegate that speaks to it.

        sign: How it calls itself in the Server field.

        command: What ``downloadable_proxy`` calls it; empty if that does not know it.

        serve: What makes it find the files.

        fetch: What makes it find those that it fetches from another server.

        heed: What makes it heed the field that hands over.

        protect: What keeps clients from asking for the files directly.

        keep: What makes a ``{field}`` of Django reach the client; ``{variable}`` is its name as nginx has it.

        hide: What keeps the field that hands over from the client.
    """

    name: str
    delegate: str
    sign: re.Pattern[str]
    command: str
    serve: str
    fetch: str = ""
    heed: str
    protect: str = ""
    keep: str
    hide: str

    @property
    def whole(self) -> str:
        """The command that prints all of it."""
        return f"manage.py downloadable_proxy {self.command} prints all of it" if self.command else ""


NGINX = Advice(
    name="nginx",
    delegate="Nginx",
    sign=re.compile("nginx|openresty|tengine|angie", re.IGNORECASE),
    command="nginx",
    serve="location {there}/ {{ internal; alias {here}/; }}   (both end in '/')",
    fetch="location {there}/ {{ internal; proxy_pass {here}/; }}",
    heed="remove proxy_ignore_headers and proxy_hide_header for X-Accel-Redirect",
    protect="internal;   (in location {there}/)",
    keep="add_header {field} $upstream_http_{variable} always;   (in location {there}/)",
    hide="remove proxy_pass_header X-Accel-Redirect;",
)
APACHE = Advice(
    name="Apache",
    delegate="Apache",
    sign=re.compile("apache", re.IGNORECASE),
    command="apache",
    serve="XSendFilePath {there}",
    heed="XSendFile On   (with LoadModule xsendfile_module ...)",
    keep="remove what unsets it, such as Header unset {field}",
    hide="XSendFile On",
)
LIGHTTPD = Advice(
    name="lighttpd",
    delegate="Lighttpd",
    sign=re.compile("lighttpd", re.IGNORECASE),
    command="lighttpd",
    serve='"x-sendfile-docroot" => ( "{there}" )   (in the entry of proxy.server)',
    heed='"x-sendfile" => "enable"   (in the entry of proxy.server)',
    keep="remove what unsets it, such as setenv.set-response-header for {field}",
    hide='"x-sendfile" => "enable"   (in the entry of proxy.server)',
)
CADDY = Advice(
    name="Caddy",
    delegate="Caddy",
    sign=re.compile("caddy", re.IGNORECASE),
    command="caddy",
    serve="root * {here}   (with uri strip_prefix {there} and file_server, in handle_response)",
    heed="handle_response for responses with X-Accel-Redirect   (in reverse_proxy)",
    protect="remove the handle or file_server that serves {there}/ to clients",
    keep="copy_response_headers   (in handle_response)",
    hide="copy_response_headers {{ exclude X-Accel-Redirect ... }}   (in handle_response)",
)
OTHER = Advice(
    name="the server",
    delegate="",
    sign=re.compile(r"(?!)"),
    command="",
    serve="let {there} be {here}",
    heed="make it heed the field that hands over",
    protect="let nobody ask for {there} directly",
    keep="let it keep {field}",
    hide="let it drop the field that hands over",
)
KNOWN: tuple[tuple[type[FrontServer], Advice], ...] = (
    (Nginx, NGINX),
    (Apache, APACHE),
    (Lighttpd, LIGHTTPD),
    (Caddy, CADDY),
)


def advice_for(delegate: Delegate) -> Advice:
    """Return what helps the server that *delegate* speaks to."""
    return next((advice for kind, advice in KNOWN if isinstance(delegate, kind)), OTHER)


def recognised(server: str) -> Advice | None:
    """Return which server calls itself *server*, if it is one that has a delegate."""
    return next((advice for _, advice in KNOWN if advice.sign.search(server)), None)
