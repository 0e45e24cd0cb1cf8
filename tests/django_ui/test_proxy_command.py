"""What ``downloadable_proxy`` prints for which settings, and what it refuses to print."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from downloadable.adapters.delegates import Nginx
from downloadable.django_ui.management.commands.downloadable_proxy import Command

SERVERS = ["nginx", "apache", "lighttpd", "caddy"]
BACKENDS = "downloadable.adapters.delegates"


class OurNginx(Nginx):
    """A subclass, as a project may have one."""


def printed(server: str, roots: Any, *options: str, backend: str | None = None, **settings: Any) -> str:
    """Return what is printed for one delegate with *roots*."""
    path = backend or f"{BACKENDS}.{server.capitalize()}"
    delegates = [{"BACKEND": path, "OPTIONS": {"roots": roots}}]
    with override_settings(**{"DOWNLOADABLE": {"DELEGATES": delegates}, **settings}):
        return run(server, *options)


def run(server: str, *options: str) -> str:
    """Return what is printed for the settings as they are."""
    out = StringIO()
    call_command(Command(), server, *options, stdout=out)
    return out.getvalue()


def roots_of(server: str, directory: str = "/srv/media", uri: str = "/protected/") -> Any:
    """One root, as *server* is told of it."""
    return {directory: uri} if server in ("nginx", "caddy") else [directory]


def refused(server: str, roots: Any, *options: str, **settings: Any) -> str:
    """Return why nothing is printed."""
    with pytest.raises(CommandError) as error:
        printed(server, roots, *options, **settings)
    return str(error.value)


def instructions(text: str) -> list[str]:
    """The lines that are no comments, without their indentation."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (
            "nginx",
            ["internal;", 'alias "/srv/media/";', "server 127.0.0.1:8000;", "listen 80;", "server_name _;"],
        ),
        (
            "apache",
            [
                "<VirtualHost *:80>",
                "XSendFile On",
                'XSendFilePath "/srv/media"',
                'ProxyPass "/" "http://127.0.0.1:8000/" nocanon disablereuse=on',
            ],
        ),
        ("lighttpd", ['"/srv/media"', '"x-sendfile" => "enable",', '"host" => "127.0.0.1", "port" => 8000,']),
        (
            "caddy",
            [
                ":80 {",
                "reverse_proxy 127.0.0.1:8000 {",
                "root * `/srv/media`",
                "uri strip_prefix `/protected`",
                "@files_1 header X-Accel-Redirect `/protected/*`",
            ],
        ),
    ],
)
def test_prints_the_lines_that_matter(server: str, expected: list[str]) -> None:
    """A root becomes what the server needs to send its files."""
    lines = instructions(printed(server, roots_of(server)))
    assert set(expected) <= set(lines)


@pytest.mark.parametrize("server", SERVERS)
def test_says_where_it_belongs(server: str) -> None:
    """The text says where to put it, and for which settings it was printed."""
    text = printed(server, roots_of(server))
    assert "in front of tests." in text.splitlines()[0]
    assert f"manage.py downloadable_proxy {server}" in text.splitlines()[0]
    assert "# Save it as /etc/" in text
    assert text.endswith(("}\n", "</VirtualHost>\n", "# deflate.mimetypes = ()\n"))


@pytest.mark.parametrize(
    ("server", "options", "expected"),
    [
        ("nginx", ["--upstream", "unix:/run/app.sock"], "server unix:/run/app.sock;"),
        ("nginx", ["--upstream", "[::1]:9000"], "server [::1]:9000;"),
        ("nginx", ["--listen", "10.0.0.1:8080"], "listen 10.0.0.1:8080;"),
        ("nginx", ["--listen", "8080"], "listen 8080;"),
        ("nginx", ["--listen", "8080"], "listen [::]:8080;"),
        ("nginx", [], "listen [::]:80;"),
        ("nginx", ["--server-name", "www.example.com"], "server_name www.example.com;"),
        ("apache", ["--listen", "8080"], "Listen 8080"),
        ("apache", ["--listen", "[::1]:8080"], "<VirtualHost [::1]:8080>"),
        ("apache", ["--listen", "443"], "<VirtualHost *:443>"),
        ("apache", ["--server-name", "www.example.com"], "ServerName www.example.com"),
        (
            "apache",
            ["--upstream", "unix:/run/app.sock"],
            'ProxyPass "/" "unix:/run/app.sock|http://localhost/" nocanon disablereuse=on',
        ),
        ("lighttpd", ["--listen", "127.0.0.1:8080"], 'server.bind := "127.0.0.1"'),
        ("lighttpd", ["--listen", "8080"], "server.port := 8080"),
        ("lighttpd", ["--listen", "8080"], '$SERVER["socket"] == "[::]:8080" { }'),
        ("lighttpd", ["--server-name", "www.example.com"], '$HTTP["host"] == "www.example.com" {'),
        ("lighttpd", ["--upstream", "unix:/run/app.sock"], '"host" => "/run/app.sock",'),
        ("lighttpd", ["--upstream", "[::1]:9000"], '"host" => "::1", "port" => 9000,'),
        ("caddy", ["--listen", "8080"], "http://:8080 {"),
        ("caddy", ["--listen", "[::1]:8080"], "bind ::1"),
        ("caddy", ["--server-name", "www.example.com"], "www.example.com {"),
        ("caddy", ["--server-name", "www.example.com", "--listen", "80"], "http://www.example.com:80 {"),
        ("caddy", ["--upstream", "unix:/run/app.sock"], "reverse_proxy unix//run/app.sock {"),
    ],
)
def test_options(server: str, options: list[str], expected: str) -> None:
    """Addresses and names stand where the server wants them."""
    assert expected in instructions(printed(server, roots_of(server), *options))


def test_apache_listens_on_its_usual_ports_once() -> None:
    """Ports 80 and 443 are in Apache's own configuration; twice, it would not start."""
    for options in ([], ["--listen", "80"], ["--listen", "0.0.0.0:443"]):
        assert not [
            line for line in instructions(printed("apache", ["/srv"], *options)) if line.startswith("Listen")
        ]


@pytest.mark.parametrize(
    "options",
    [
        ["--upstream", "127.0.0.1"],
        ["--upstream", "127.0.0.1:0"],
        ["--upstream", "127.0.0.1:65536"],
        ["--upstream", "127.0.0.1:8000; include /etc/passwd"],
        ["--upstream", "a b:8000"],
        ["--upstream", ":8000"],
        ["--upstream", "unix:app.sock"],
        ["--upstream", "unix:/run/a b.sock"],
        ["--upstream", "127.0.0.1:٨"],
        ["--listen", "http"],
        ["--listen", "80\n}"],
        ["--listen", "a{b}:80"],
        ["--server-name", "www.example.com; autoindex on"],
        ["--server-name", ""],
        ["--keep", "X-Custom $document_root"],
        ["--keep", "X_Custom"],
        ["--keep", ""],
    ],
)
@pytest.mark.parametrize("server", SERVERS)
def test_impossible_options_are_refused(server: str, options: list[str]) -> None:
    """What is no address and no name never gets into a configuration."""
    assert repr(options[1]) in refused(server, roots_of(server), *options)


@pytest.mark.parametrize(
    ("server", "directory", "expected"),
    [
        ("nginx", '/srv/it\'s "a" \\{b};#', 'alias "/srv/it\'s \\"a\\" \\\\{b};#/";'),
        ("apache", '/srv/it\'s "a" \\{b};#$c', 'XSendFilePath "/srv/it\'s \\"a\\" \\\\{b};#$c"'),
        ("lighttpd", '/srv/it\'s "a" {b};#$c', '"/srv/it\'s \\"a\\" {b};#$c"'),
        ("caddy", '/srv/it\'s "a" \\;#$c', 'root * `/srv/it\'s "a" \\;#$c`'),
        ("nginx", "/", 'alias "/";'),
        ("apache", "/", 'XSendFilePath "/"'),
        ("lighttpd", "/", '"/"'),
        ("caddy", "/", "root * `/`"),
    ],
)
def test_quotes(server: str, directory: str, expected: str) -> None:
    """A directory stays one value, whatever it is called."""
    assert expected in instructions(printed(server, roots_of(server, directory)))


@pytest.mark.parametrize(
    ("server", "directory"),
    [
        *(
            (server, f"/srv/a{char}b")
            for server in SERVERS
            for char in ("\n", "\r", "\x1b", "\u2028", "\udcff")
        ),
        ("nginx", "/srv/$uri"),
        ("apache", "/srv/${HOME}"),
        ("apache", "/srv/a\nb"),
        ("lighttpd", "/srv/a\\b"),
        ("lighttpd", "/srv/a\\"),
        ("caddy", "/srv/{env.HOME}"),
        ("caddy", "/srv/a`b"),
    ],
)
def test_what_cannot_be_quoted_is_refused(server: str, directory: str) -> None:
    """Where a server has no way to write a name, nothing is printed in its place."""
    roots = roots_of(server, directory)
    if server in ("apache", "lighttpd") and not directory.isprintable():
        # Told to the server, such a name is refused by the delegate already.
        roots = {"/srv": "/srv"}
        assert "characters" in refused(server, roots, STATIC_ROOT=directory, STATIC_URL="/static/")
        return
    assert repr(directory)[1:-1] in refused(server, roots)


@pytest.mark.parametrize(("server", "uri"), [("caddy", "/é/"), ("caddy", "/a%b/"), ("caddy", "/{a}/")])
def test_uris_that_cannot_be_matched_are_refused(server: str, uri: str) -> None:
    """Caddy compares URIs in its own spelling."""
    assert uri.rstrip("/") in refused(server, {"/srv/media": uri})


def test_comments_do_not_run_on() -> None:
    """Apache continues a comment whose line ends with a backslash."""
    text = printed("apache", ["/srv/a\\"], MEDIA_ROOT="/srv/a\\")
    assert not [line for line in text.splitlines() if line.endswith("\\")]


@pytest.mark.parametrize("server", SERVERS)
def test_several_roots(server: str, tmp_path: Path) -> None:
    """Directories and storages of all delegates for the server are there, each once."""
    storages = {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "reports": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "reports")},
        },
    }
    uris = server in ("nginx", "caddy")
    reports = "/reports/" if uris else str(tmp_path / "reports")
    roots = {
        "/srv/a": "/a/" if uris else "/srv/a",
        "/srv/b/": "/b/" if uris else "/srv/b/",
        "reports": reports,
    }
    text = printed(server, roots, STORAGES=storages)
    places = re.findall(
        r'(?:alias |root \* |XSendFilePath |^\s+)["`]([^"`]+?)/?["`];?,?$', text, re.MULTILINE
    )
    assert sorted(places) == sorted(["/srv/a", "/srv/b", str(tmp_path / "reports")])
    assert "the storage reports" in text


@pytest.mark.parametrize("server", ["nginx", "caddy"])
def test_same_directory_under_two_names(server: str, tmp_path: Path) -> None:
    """A storage and its directory may be one root."""
    storages = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path)},
        }
    }
    text = printed(server, {str(tmp_path): "/protected/", "default": "/protected/"}, STORAGES=storages)
    assert f"the directory {tmp_path} and of the storage default" in text
    assert sum("`/protected/*`" in line or '^~ "/protected/"' in line for line in text.splitlines()) == 1


@pytest.mark.parametrize(("server", "mark"), [("nginx", "internal;"), ("caddy", "file_server {")])
def test_unknown_place_of_a_storage_is_to_be_filled_in(server: str, mark: str) -> None:
    """Where Django cannot tell the directory, a comment asks for it, and the rest works."""
    storages = {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    text = printed(server, {"default": "/stored/"}, STORAGES=storages)
    assert "FILL IN" in text
    assert "/THE/DIRECTORY" in text
    assert mark not in instructions(text)
    assert not [line for line in instructions(text) if "/stored" in line]


def test_apache_needs_no_place_of_a_storage() -> None:
    """Apache is told directories, so nothing is missing."""
    storages = {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    text = printed("apache", {"default": "/mnt/stored"}, STORAGES=storages)
    assert 'XSendFilePath "/mnt/stored"' in instructions(text)


@pytest.mark.parametrize("server", ["nginx", "caddy"])
@pytest.mark.parametrize(
    ("roots", "settings"),
    [
        pytest.param({"/srv/a": "/"}, {}, id="Django's place"),
        pytest.param({"/srv/a": "/p/", "/srv/b": "/p/"}, {}, id="one place for two"),
        pytest.param({"/srv/a": "/p/", "/srv/b": "/p/b/"}, {}, id="one within another"),
        pytest.param({"/srv/a": "/p/", "/srv/a/b": "/p/c/"}, {}, id="one within another, moved"),
        pytest.param(
            {"/srv/a": "/static/"},
            {"STATIC_ROOT": "/srv/static", "STATIC_URL": "/static/"},
            id="static files",
        ),
        pytest.param(
            {"/srv/a": "/s/"}, {"STATIC_ROOT": "/srv/static", "STATIC_URL": "/s/t/"}, id="static files within"
        ),
        pytest.param({"nowhere": "/p/"}, {}, id="no such storage"),
    ],
)
def test_roots_in_each_others_way_are_refused(
    server: str, roots: dict[str, str], settings: dict[str, Any]
) -> None:
    """A URI leads to one place only."""
    assert any(key in refused(server, roots, **settings) for key in roots)


@pytest.mark.parametrize("server", ["nginx", "caddy"])
def test_directories_may_lie_in_each_other_as_their_uris_do(server: str) -> None:
    """That is redundant, but right; the innermost goes first."""
    text = printed(server, {"/srv/a": "/p/", "/srv/a/b": "/p/b/"})
    assert text.index("`/p/b/*`") < text.index("`/p/*`") if server == "caddy" else '^~ "/p/b/"' in text


def test_urls_in_each_others_way_are_refused() -> None:
    """The same goes for what nginx fetches."""
    roots = {"/srv/a": "/p/", "https://a.example/": "/p/"}
    assert "https://a.example" in refused("nginx", roots)


@pytest.mark.parametrize("server", SERVERS)
def test_static_files(server: str) -> None:
    """Static files are part of it where Django knows them, and not where they are elsewhere."""
    known = printed(server, roots_of(server), STATIC_ROOT="/srv/static", STATIC_URL="static/")
    assert any("/srv/static" in line for line in instructions(known))
    assert any("/static/" in line for line in instructions(known))
    for url in ("https://cdn.example/static/", "//cdn.example/static/", None, "/"):
        elsewhere = printed(server, roots_of(server), STATIC_ROOT="/srv/static", STATIC_URL=url)
        assert "/srv/static" not in elsewhere


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("app", "root", "told"),
    [
        pytest.param("django.contrib.staticfiles", None, True, id="nobody sends them"),
        pytest.param("django.contrib.staticfiles", "/srv/static", False, id="the server does"),
        pytest.param("django.contrib.messages", None, False, id="there are none"),
    ],
)
def test_static_files_that_nobody_sends(server: str, app: str, root: str | None, told: bool) -> None:
    """Who has no directory for static files reads so first, in a comment."""
    settings = {"STATIC_ROOT": root, "STATIC_URL": "/static/"}
    text = printed(server, roots_of(server), INSTALLED_APPS=[app], **settings)
    assert text.startswith("# STATIC_ROOT is not set") is told
    assert "STATIC_ROOT" not in "".join(instructions(text))


@pytest.mark.parametrize(
    ("options", "name", "default"),
    [
        pytest.param((), "tests", True, id="any name"),
        pytest.param(("--server-name", "a.example"), "a_example", False, id="a name"),
    ],
)
def test_where_to_save_it(options: tuple[str, ...], name: str, default: bool) -> None:
    """The first lines name a file that nginx includes, and what would keep requests from a site of any name."""
    text = printed("nginx", roots_of("nginx"), *options)
    assert f"/etc/nginx/conf.d/{name}.conf" in text
    assert ("rm -f /etc/nginx/sites-enabled/default" in text) is default


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("static", ["/srv/media", "/srv", "/srv/other/../", "/"])
def test_static_files_hold_no_others(server: str, static: str) -> None:
    """Everybody would get a file that is handed over if it lay among the static ones."""
    assert "STATIC_ROOT" in refused(server, roots_of(server), STATIC_ROOT=static, STATIC_URL="/static/")
    printed(server, roots_of(server), STATIC_ROOT=f"{static}/media/static", STATIC_URL="/static/")


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("media", "warned"),
    [("/srv/media", True), ("/srv", True), ("/srv/media/a", True), ("/srv/m", False), ("", False)],
)
def test_warns_of_media_url(server: str, media: str, warned: bool) -> None:
    """Where files of MEDIA_ROOT are handed over, they must not be public, too."""
    text = printed(server, roots_of(server), MEDIA_ROOT=media)
    assert ("MEDIA_URL" in text) == warned


@pytest.mark.parametrize("server", SERVERS)
def test_without_a_delegate_says_what_to_configure(server: str) -> None:
    """Whoever has no delegate for the server reads the lines to add, with MEDIA_ROOT in them."""
    other = "Apache" if server == "nginx" else "Nginx"
    roots = roots_of(other.lower(), "/elsewhere")
    backend = f"{BACKENDS}.{other}"
    text = refused(server, roots, MEDIA_ROOT="/srv/media", backend=backend)
    written = re.search(r'"BACKEND": "([\w.]+)",\s+"OPTIONS": (\{.*\}),', text)
    assert written is not None
    assert written[1] == f"{BACKENDS}.{server.capitalize()}"
    assert written[2] == repr({"roots": roots_of(server)}).replace("'roots'", '"roots"')
    assert "DownloadMiddleware" in text
    assert "'/srv/media'" in refused(server, roots, MEDIA_ROOT="", backend=backend)


def test_what_is_proposed_works() -> None:
    """The lines of the error are settings for which something is printed."""
    with override_settings(DOWNLOADABLE={}), pytest.raises(CommandError) as error:
        run("nginx")
    written = re.search(r"DOWNLOADABLE = (\{.*\})$", str(error.value), re.DOTALL)
    assert written is not None
    proposed: Any = eval(written[1])
    with override_settings(DOWNLOADABLE=proposed):
        assert 'alias "/srv/media/";' in instructions(run("nginx"))


def test_subclasses_count() -> None:
    """A delegate of the project's own, derived from ours, is one for the server."""
    assert "internal;" in instructions(printed("nginx", roots_of("nginx"), backend=f"{__name__}.OurNginx"))


def test_unknown_server_is_refused() -> None:
    """The servers that there are are named to whoever asks for another."""
    with pytest.raises(CommandError, match=r"nginx.*apache.*lighttpd.*caddy"):
        run("iis")


def test_nginx_brings_fields_back() -> None:
    """What nginx drops is written out, with what --keep adds, each once, and nothing that it brings along itself."""
    text = printed("nginx", roots_of("nginx"), "--keep", "X-Request-ID", "--keep", "vary", "--keep", "ETag")
    added = [line.split()[1].lower() for line in instructions(text) if line.startswith("add_header")]
    assert len(added) == len(set(added))
    assert {"x-request-id", "vary", "x-content-type-options", "content-security-policy", "link"} <= set(added)
    assert not {"etag", "content-type", "set-cookie", "cache-control"} & set(added)
    assert "add_header X-Request-ID $upstream_http_x_request_id always;" in instructions(text)


def test_nginx_fetches_from_origins() -> None:
    """A URL prefix becomes a location that asks the origin by its name, and trusts only who proves to be it."""
    roots = {
        "https://bucket.example/a'b c/": "/remote/",
        "http://minio:9000/": "/minio/",
        "https://a.example:8443": "/a/",
    }
    lines = instructions(printed("nginx", roots))
    assert {
        "server bucket.example:443;",
        "server minio:9000;",
        'proxy_set_header Host "bucket.example";',
        'proxy_set_header Host "minio:9000";',
        'proxy_set_header Host "a.example:8443";',
        'proxy_ssl_name "bucket.example";',
        'proxy_ssl_name "a.example";',
        "proxy_ssl_verify on;",
        "proxy_pass_request_headers off;",
    } <= set(lines)
    assert lines.count("proxy_ssl_verify on;") == 2
    (fetched,) = (line for line in lines if line.startswith("proxy_pass ") and "a'b%20c" in line)
    assert re.fullmatch(r'proxy_pass "https://tests_origin_\d/a\'b%20c\$\w+";', fetched)


@pytest.mark.parametrize(
    "roots",
    [{"https://a.example/$x/": "/remote/"}, {"https://a.example/": "/$x/"}, {"https://a.example/": "/%x/"}],
)
def test_nginx_refuses_what_it_would_replace(roots: dict[str, str]) -> None:
    """A dollar sign begins a variable of nginx, and what is compared is decoded before."""
    assert re.search(r"'[^']*[$%]x", refused("nginx", roots))


@pytest.mark.parametrize("host", ["a;b", 'a"b', "a b", "a{b}", "bücket.example"])
def test_nginx_refuses_what_is_no_server(host: str) -> None:
    """The name of another server stands in the configuration without quotes, so it is plain."""
    assert host in refused("nginx", {f"https://{host}/": "/remote/"})


@pytest.mark.parametrize("server", SERVERS)
def test_delegates_that_cannot_be_made_are_a_sentence(server: str) -> None:
    """What is wrong with the settings is said without a traceback."""
    assert "begins with '/'" in refused(server, {"/srv": "relative"})


@pytest.mark.parametrize(
    ("buffering", "expected"),
    [
        (None, "proxy_max_temp_file_size 0;"),
        (True, "proxy_max_temp_file_size 0;"),
        (False, "proxy_buffering off;"),
    ],
)
def test_nginx_buffers_as_the_delegate_says(buffering: bool | None, expected: str) -> None:
    """X-Accel-Buffering speaks of Django's answer, so what the delegate was told stands in the configuration."""
    options = {"roots": {"https://a.example/": "/remote/"}, "buffering": buffering}
    delegates = [{"BACKEND": f"{BACKENDS}.Nginx", "OPTIONS": options}]
    with override_settings(DOWNLOADABLE={"DELEGATES": delegates}):
        assert expected in instructions(run("nginx"))


def test_delegates_agree_on_what_is_fetched() -> None:
    """Two delegates may share roots."""
    roots = {"/srv/media": "/protected/", "https://a.example/": "/remote/"}
    delegates = [{"BACKEND": f"{BACKENDS}.Nginx", "OPTIONS": {"roots": roots}}] * 2
    with override_settings(DOWNLOADABLE={"DELEGATES": delegates}):
        text = run("nginx")
    assert text.count('location ^~ "/protected/"') == text.count('location ^~ "/remote/"') == 1


@pytest.mark.parametrize("server", SERVERS)
def test_links_that_django_cannot_see(server: str) -> None:
    """Where Django does not look, nginx follows no link; the others do, and the comments say so."""

    def text(**options: Any) -> str:
        roots = {"/srv/media": "/protected/"}
        described = {
            "BACKEND": f"{BACKENDS}.{server.capitalize()}",
            "OPTIONS": {"roots": roots, **options},
        }
        with override_settings(DOWNLOADABLE={"DELEGATES": [described]}):
            return run(server)

    unseen, seen = text(unseen=["/srv/media"]), text()
    if server == "nginx":
        assert 'disable_symlinks on "from=/srv/media";' in instructions(unseen)
        assert 'disable_symlinks if_not_owner "from=/srv/media";' in instructions(seen)
    else:
        assert instructions(unseen) == instructions(seen)
        assert "Django cannot look for links in /protected" in unseen
        assert "Django cannot look for links" not in seen


STORED = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": "/srv/media"},
    }
}
KEPT_ELSEWHERE = {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}


@pytest.mark.parametrize(
    ("storages", "roots", "unseen", "follows"),
    [
        pytest.param(STORED, ["/srv/media", "default"], [], True, id="both are seen"),
        pytest.param(STORED, ["/srv/media", "default"], ["default"], False, id="the storage is not"),
        pytest.param(
            STORED, ["default", "/srv/media"], ["default"], False, id="the storage is not, and comes first"
        ),
        pytest.param(KEPT_ELSEWHERE, ["default"], [], False, id="where it is, Django cannot tell"),
    ],
)
def test_what_one_root_cannot_see_is_not_seen(
    storages: Any, roots: list[str], unseen: list[str], follows: bool
) -> None:
    """Of several roots that nginx serves in one place, it is enough that one is not looked at."""
    options = {"roots": dict.fromkeys(roots, "/protected/"), "unseen": unseen}
    delegates = [{"BACKEND": f"{BACKENDS}.Nginx", "OPTIONS": options}]
    with override_settings(STORAGES=storages, DOWNLOADABLE={"DELEGATES": delegates}):
        text = run("nginx")
    assert ("disable_symlinks on " in text, "disable_symlinks if_not_owner " in text) == (
        not follows,
        follows,
    )
