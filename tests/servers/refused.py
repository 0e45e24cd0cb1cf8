"""What is asked for, and may not be had: links out of the root, what is no file, what lies above, what is internal."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

__all__ = ["TABLES", "Refused"]


@frozen
class Refused:
    """
    What is asked for, and may not be had.

    Args:
        id: What it is called.

        target: Request target, as it goes over the wire.

        otherwise: Status from a server in front that answers with another one than Django's 404.

        plain: Servers that make the URL plain before they pass it on: what is meant is then a file of the site.
    """

    id: str
    target: str
    otherwise: Mapping[str, int] = {}
    plain: tuple[str, ...] = ()


LINKS = [
    Refused("link out", "/local/kinds/link%20out"),
    Refused("absolute link out", "/local/kinds/absolute%20link%20out"),
    Refused("link to a directory outside", "/local/kinds/link%20to%20a%20directory%20outside/secret.txt"),
    Refused("link to a sibling", "/local/kinds/link%20to%20a%20sibling/secret.txt"),
    Refused("dangling link", "/local/kinds/dangling%20link"),
    Refused("endless link", "/local/kinds/endless%20link"),
    Refused("link out, of a view of paths", "/path-view/kinds/link%20out"),
]

NO_FILES = [
    Refused("directory", "/local/kinds/directory"),
    Refused("directory with a slash", "/local/kinds/directory/"),
    Refused("link to a directory", "/local/kinds/link%20to%20a%20directory"),
    Refused("link to a directory, with a slash", "/local/kinds/link%20to%20a%20directory/"),
    Refused("the root", "/local/kinds/link%20to%20the%20root"),
    Refused("file with a slash", "/local/kinds/inside.txt/"),
    Refused("below a file", "/local/kinds/inside.txt/inside.txt"),
    Refused("FIFO", "/local/kinds/fifo"),
    Refused("nothing", "/local/kinds/nothing"),
    Refused("directory of a storage", "/storage/kinds/directory"),
    Refused("FIFO of a storage", "/storage/kinds/fifo"),
]

CLIMBING = [
    Refused("parent", "/local/../secret.txt"),
    Refused("parent, encoded dots", "/local/%2e%2e/secret.txt"),
    Refused("parent, encoded slash", "/local/..%2fsecret.txt"),
    Refused("parent, all encoded", "/local/%2e%2e%2fsecret.txt"),
    Refused("parent, encoded twice", "/local/%252e%252e%252fsecret.txt"),
    Refused("parent, with backslashes", "/local/..%5csecret.txt"),
    Refused("parent of a directory", "/local/kinds/..%2f..%2fsecret.txt"),
    Refused("sibling that begins alike", "/local/..%2fmedia-of-others%2fsecret.txt"),
    Refused("parent in digits", f"/hex/{b'../secret.txt'.hex()}"),
    Refused("absolute path", "/local//etc/passwd"),
    Refused("absolute path, encoded", "/local/%2fetc%2fpasswd"),
    Refused("absolute path in digits", f"/hex/{b'/etc/passwd'.hex()}"),
    Refused("parent of a storage", "/storage/..%2fsecret.txt"),
    Refused("parent of a view of paths", "/path-view/..%2fsecret.txt"),
    Refused("NUL", "/local/kinds/inside.txt%00", {"nginx": 400, "lighttpd": 400}),
    Refused("NUL and extension", "/local/kinds/inside.txt%00.png", {"nginx": 400, "lighttpd": 400}),
    Refused("NUL in digits", f"/hex/{b'kinds/inside.txt'.hex()}00"),
    Refused("empty segment", "/local/kinds//inside.txt", plain=("lighttpd",)),
    Refused("dot segment", "/local/kinds/./inside.txt", plain=("lighttpd",)),
    Refused("up and down", "/local/kinds/directory/../inside.txt", plain=("lighttpd",)),
    Refused("up and down, encoded", "/local/kinds/directory/%2e%2e/inside.txt", plain=("lighttpd",)),
]

INTERNAL = [
    Refused("internal URI", "/protected/kinds/inside.txt"),
    Refused("internal URI, a letter encoded", "/%70rotected/kinds/inside.txt"),
    Refused("internal URI, in capitals", "/PROTECTED/kinds/inside.txt"),
    Refused("internal URI, encoded slash", "/protected%2fkinds%2finside.txt"),
    Refused("internal URI, encoded slash before", "/%2fprotected/kinds/inside.txt"),
    Refused("internal URI, two slashes", "//protected/kinds/inside.txt"),
    Refused("internal URI, dot", "/./protected/kinds/inside.txt"),
    Refused("internal URI, from elsewhere", "/local/../protected/kinds/inside.txt"),
    Refused("internal URI, from elsewhere, encoded", "/local/%2e%2e/protected/kinds/inside.txt"),
    Refused("internal URI, from elsewhere, all encoded", "/x%2f..%2fprotected/kinds/inside.txt"),
    Refused("internal URI, with a backslash", "/protected%5ckinds/inside.txt"),
    Refused("internal URI, with a parameter", "/protected;x/kinds/inside.txt"),
    Refused("internal URI, climbing", "/protected/../secret.txt"),
    Refused("internal URI, climbing, encoded", "/protected/..%2fsecret.txt"),
    Refused("internal URI, without its slash", "/protected../secret.txt"),
    Refused("internal URI alone", "/protected/"),
    Refused("internal URI, absolute", "http://127.0.0.1/protected/kinds/inside.txt", {"lighttpd": 400}),
    Refused("internal URI of an origin", "/origin/local/kinds/inside.txt"),
    Refused("path on the disk", "/media/kinds/inside.txt"),
]

TABLES = {"links": LINKS, "no files": NO_FILES, "climbing": CLIMBING, "internal": INTERNAL}
