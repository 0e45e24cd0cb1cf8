"""
What is asked for by those who want what lies outside of the root.

Around the root there are secrets: ``secret.txt`` beside it, and another in a directory whose name begins like that of
the root. Each payload is a request target, as it goes over the wire.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from attrs import frozen

__all__ = ["CLIMBING", "PAYLOADS", "TOP", "Payload"]

PROC_ROOT = "/proc/self/root"
TOP = "{top}"
"""Stands for the directory that holds the root and the secrets, without the slash that it begins with."""

Verdict: TypeAlias = Literal["never", "disk", "name"]


@frozen
class Payload:
    """
    A target that must not lead out of the root.

    Args:
        family: What kind of trick it is.

        id: What it is called among its family.

        target: Behind the URL of a view, percent-encoded.

        verdict: What its path is once it is decoded, as any server does: ``"never"`` found, whatever there is; a plain
            name on a ``"disk"``, where it is found if somebody has put such a file there; a plain ``"name"`` anywhere.
    """

    family: str
    id: str
    target: str
    verdict: Verdict

    @property
    def name(self) -> str:
        """The whole name, for messages."""
        return f"{self.family}: {self.id}"


Rows: TypeAlias = list[tuple[str, str, Verdict]]

PLAIN: Rows = [
    ("parent", "../secret.txt", "never"),
    ("grandparent", "../../secret.txt", "never"),
    ("far up and down", f"{'../' * 40}{TOP}/secret.txt", "never"),
    ("up and down", "sub/../../secret.txt", "never"),
    ("down and further up", "sub/deep/../../../secret.txt", "never"),
    ("through what is not there", "absent/../../secret.txt", "never"),
    ("through a file", "file.txt/../../secret.txt", "never"),
    ("dot before", "./../secret.txt", "never"),
    ("dot between", ".././secret.txt", "never"),
    ("two slashes", "..//secret.txt", "never"),
    ("slash before", "/../secret.txt", "never"),
    ("slashes before", "///../secret.txt", "never"),
    ("neighbour that begins like the root", "../inside-private/secret.txt", "never"),
    ("out and in again", "../inside/file.txt", "never"),
    ("out, in, and out again", "../inside/../secret.txt", "never"),
    ("up and down inside", "sub/../file.txt", "never"),
    ("parent alone", "..", "never"),
    ("parent with a slash", "../", "never"),
    ("parent at the end", "sub/..", "never"),
]

# How two dots are written. What no server decodes is text, and a name.
DOTS: Rows = [
    ("dots encoded", "%2e%2e", "never"),
    ("dots encoded in capitals", "%2E%2E", "never"),
    ("first dot encoded", "%2e.", "never"),
    ("second dot encoded", ".%2e", "never"),
    ("dots encoded twice", "%252e%252e", "name"),
    ("dots encoded three times", "%25252e%25252e", "name"),
    ("dots encoded four times", "%2525252e%2525252e", "name"),
    ("digits of dots encoded", "%%32%65%%32%65", "name"),
    ("dots overlong, two bytes", "%c0%ae%c0%ae", "disk"),
    ("dots overlong, three bytes", "%e0%80%ae%e0%80%ae", "disk"),
    ("dots overlong, four bytes", "%f0%80%80%ae%f0%80%80%ae", "disk"),
    ("dots overlong, five bytes", "%f8%80%80%80%ae%f8%80%80%80%ae", "disk"),
    ("dots overlong, six bytes", "%fc%80%80%80%80%ae%fc%80%80%80%80%ae", "disk"),
    ("dots overlong, broken", "%c0%2e%c0%2e", "disk"),
    ("dots overlong, encoded twice", "%25c0%25ae%25c0%25ae", "name"),
    ("dots with a high bit", "%ae%ae", "disk"),
    ("dots of UTF-16, high byte first", "%00%2e%00%2e", "never"),
    ("dots of UTF-16, low byte first", "%2e%00%2e%00", "never"),
    ("dots of UTF-16, with a mark", "%fe%ff%00%2e%00%2e", "never"),
    ("dots of UTF-7", "+AC4-+AC4-", "name"),
    ("dots as %u", "%u002e%u002e", "name"),
    ("dots as %u, full width", "%uff0e%uff0e", "name"),
    ("dots as \\x", "%5cx2e%5cx2e", "disk"),
    ("dots as \\u", "%5cu002e%5cu002e", "disk"),
    ("dots as entities", "&%2346;&%2346;", "name"),
    ("dots as hexadecimal entities", "&%23x2e;&%23x2e;", "name"),
    ("dots of full width", "%ef%bc%8e%ef%bc%8e", "name"),
    ("dots of small width", "%ef%b9%92%ef%b9%92", "name"),
    ("one-dot leaders", "%e2%80%a4%e2%80%a4", "name"),
    ("two-dot leader", "%e2%80%a5", "name"),
    ("ideographic stops", "%e3%80%82%e3%80%82", "name"),
    ("ideographic stops of half width", "%ef%bd%a1%ef%bd%a1", "name"),
    ("dots with a zero-width space", ".%e2%80%8b.", "name"),
    ("dots with a byte order mark", "%ef%bb%bf..", "name"),
    ("dots with a soft hyphen", ".%c2%ad.", "name"),
    ("dots with a bidi mark", "..%e2%80%8f", "name"),
    ("dots with a combining joiner", ".%cd%8f.", "name"),
    ("dots with a tab", ".%09.", "name"),
    ("dots with a line feed", "..%0a", "name"),
    ("dots with a carriage return", ".%0d.", "name"),
    ("dots and a space", "..%20", "name"),
    ("dots and a plus", "..+", "name"),
    ("dots and a parameter", "..;", "name"),
    ("dots and a named parameter", "..;x=y", "name"),
]

# How a slash is written.
SLASHES: Rows = [
    ("slashes encoded", "%2f%2f", "never"),
    ("slash encoded in capitals", "%2F", "never"),
    ("slash encoded twice", "%252f", "name"),
    ("slash encoded three times", "%25252f", "name"),
    ("slash overlong, two bytes", "%c0%af", "disk"),
    ("slash overlong, three bytes", "%e0%80%af", "disk"),
    ("slash overlong, four bytes", "%f0%80%80%af", "disk"),
    ("slash overlong, five bytes", "%f8%80%80%80%af", "disk"),
    ("slash overlong, six bytes", "%fc%80%80%80%80%af", "disk"),
    ("slash as %u", "%u002f", "name"),
    ("slash as %u, full width", "%uff0f", "name"),
    ("slash as %u, division", "%u2215", "name"),
    ("slash as an entity", "&%2347;", "name"),
    ("slash of full width", "%ef%bc%8f", "name"),
    ("fraction slash", "%e2%81%84", "name"),
    ("division slash", "%e2%88%95", "name"),
    ("big solidus", "%e2%a7%b8", "name"),
    ("slash of UTF-16", "%00%2f", "never"),
    ("backslash", "%5c", "disk"),
    ("backslash as it is", "\\", "disk"),
    ("backslashes", "%5c%5c", "disk"),
    ("backslash encoded twice", "%255c", "name"),
    ("backslash overlong", "%c1%9c", "disk"),
    ("backslash as %u", "%u005c", "name"),
    ("backslash as %u, set minus", "%u2216", "name"),
    ("backslash of full width", "%ef%bc%bc", "name"),
    ("small backslash", "%ef%b9%a8", "name"),
    ("set minus", "%e2%88%96", "name"),
    ("backslash operator", "%e2%a7%b5", "name"),
    ("slash and backslash", "/%5c", "never"),
    ("backslash and slash", "%5c/", "disk"),
]

ABSOLUTE: Rows = [
    ("path", f"/{TOP}/secret.txt", "never"),
    ("path encoded", f"%2f{TOP}/secret.txt", "never"),
    ("path encoded twice", f"%252f{TOP}/secret.txt", "name"),
    ("path with two slashes", f"//{TOP}/secret.txt", "never"),
    ("path with dots", f"/./{TOP}/../{TOP}/secret.txt", "never"),
    ("path through the root", f"/{TOP}/inside/../secret.txt", "never"),
    ("path through the neighbour", f"/{TOP}/inside-private/secret.txt", "never"),
    ("path below the root", f"/{TOP}/inside/file.txt", "never"),
    ("passwords", "/etc/passwd", "never"),
    ("own environment", "/proc/self/environ", "never"),
    ("own root", f"{PROC_ROOT}/{TOP}/secret.txt", "never"),
    ("own standard input", "/dev/stdin", "never"),
    ("behind a segment", f"sub//{TOP}/secret.txt", "never"),
    ("without its slash", f"{TOP}/secret.txt", "name"),
]

WINDOWS: Rows = [
    ("drive", "C:%5csecret.txt", "disk"),
    ("drive with a slash", "C:/secret.txt", "name"),
    ("drive in small letters", "c:/secret.txt", "name"),
    ("drive-relative", "C:secret.txt", "name"),
    ("drive-relative parent", "C:..%5csecret.txt", "disk"),
    ("drive-relative parent with a slash", "C:../secret.txt", "name"),
    ("drive behind a slash", "/C:/secret.txt", "never"),
    ("drive with a bar", "C|/secret.txt", "name"),
    ("share", "%5c%5c127.0.0.1%5cc$%5csecret.txt", "disk"),
    ("share with slashes", "//127.0.0.1/c$/secret.txt", "never"),
    ("long path", "%5c%5c?%5cC:%5csecret.txt", "disk"),
    ("long path of a share", "%5c%5c?%5cUNC%5c127.0.0.1%5cc$%5csecret.txt", "disk"),
    ("device path", "%5c%5c.%5cC:%5csecret.txt", "disk"),
    ("device path with slashes", "//./C:/secret.txt", "never"),
    ("NT path", "%5c??%5cC:%5csecret.txt", "disk"),
    ("volume", "%5c%5c?%5cGLOBALROOT%5cDevice%5cHarddiskVolume1%5csecret.txt", "disk"),
    ("CON", "CON", "name"),
    ("NUL device", "NUL", "name"),
    ("AUX with an extension", "AUX.txt", "name"),
    ("COM1", "sub/COM1", "name"),
    ("COM with a superscript", "COM%c2%b9", "name"),
    ("LPT1 with a colon", "LPT1:", "name"),
    ("CONIN$", "CONIN$", "name"),
    ("pipe", "%5c%5c.%5cpipe%5cx", "disk"),
    ("data stream", "file.txt::$DATA", "name"),
    ("named stream", "file.txt:secret.txt", "name"),
    ("index stream", "sub::$INDEX_ALLOCATION/file.txt", "name"),
    ("long index stream", "sub:$I30:$INDEX_ALLOCATION/file.txt", "name"),
    ("trailing dot", "file.txt.", "name"),
    ("trailing dots", "file.txt....", "name"),
    ("trailing space", "file.txt%20", "name"),
    ("trailing no-break space", "file.txt%c2%a0", "name"),
    ("directory with a trailing dot", "sub./file.txt", "name"),
    ("parent with a dot more", ".../secret.txt", "name"),
    ("parent with two dots more", "..../secret.txt", "name"),
    ("parent with trailing space and dot", "..%20./secret.txt", "name"),
    ("short name", "FILE~1.TXT", "name"),
    ("short name of the root", "..%5cINSIDE~1%5cfile.txt", "disk"),
    ("other case", "FILE.TXT", "name"),
    ("wildcard", "file.tx?", "name"),
    ("wildcard of old", "file.<<", "name"),
]

NUL: Rows = [
    ("at the end", "file.txt%00", "never"),
    ("before an extension", "file.txt%00.png", "never"),
    ("after climbing", "../secret.txt%00.png", "never"),
    ("at the start", "%00../secret.txt", "never"),
    ("between dots", ".%00./secret.txt", "never"),
    ("in a directory", "sub%00/file.txt", "never"),
    ("alone", "%00", "never"),
    ("encoded twice", "file.txt%2500.png", "name"),
    ("overlong", "file.txt%c0%80.png", "disk"),
    ("overlong, three bytes", "file.txt%e0%80%80.png", "disk"),
    ("as %u", "file.txt%u0000.png", "name"),
    ("its picture", "file.txt%e2%90%80.png", "name"),
]

URLS: Rows = [
    ("file", f"file:///{TOP}/secret.txt", "never"),
    ("file with one slash", f"file:/{TOP}/secret.txt", "name"),
    ("file of a host", f"file://localhost/{TOP}/secret.txt", "never"),
    ("file that climbs", "file:../secret.txt", "name"),
    ("file in capitals", f"FILE:/{TOP}/secret.txt", "name"),
    ("local", f"local:/{TOP}/secret.txt", "name"),
    ("local with slashes", f"local:///{TOP}/secret.txt", "never"),
    ("http", "http://127.0.0.1/secret.txt", "never"),
    ("http without slashes", "http:secret.txt", "name"),
    ("http without a scheme", "//127.0.0.1/secret.txt", "never"),
    ("data", "data:text/html,secret", "name"),
    ("jar", f"jar:file:/{TOP}/x.jar!/secret.txt", "name"),
    ("netdoc", f"netdoc:/{TOP}/secret.txt", "name"),
    ("php", "php:%2f%2ffilter%2fresource=secret.txt", "never"),
    ("credentials", "@127.0.0.1/secret.txt", "name"),
]

EXPANDED: Rows = [
    ("home", "~/secret.txt", "name"),
    ("home alone", "~", "name"),
    ("home of root", "~root/.profile", "name"),
    ("working directory", "~+/secret.txt", "name"),
    ("variable", "$HOME/secret.txt", "name"),
    ("variable in braces", "$%7bHOME%7d/secret.txt", "name"),
    ("variable of Windows", "%25SystemRoot%25/secret.txt", "name"),
    ("command", "$(cat%20secret.txt)", "name"),
    ("command in backquotes", "%60cat%20secret.txt%60", "name"),
    ("template", "%7b%7bsettings.SECRET_KEY%7d%7d", "name"),
    ("format", "%7b0.__class__%7d", "name"),
    ("percent", "%25s%25n%25d", "name"),
    ("star", "*", "name"),
    ("two stars", "**/secret.txt", "name"),
    ("star for the root's parent", "*/../secret.txt", "never"),
    ("set of characters", "[.][.]/secret.txt", "name"),
    ("braces", "%7b..,sub%7d/secret.txt", "name"),
    ("option", "--help", "name"),
    ("standard input", "-", "name"),
    ("pipe into a command", "%7ccat%20secret.txt", "name"),
]

SEGMENTS: Rows = [
    ("nothing", "", "never"),
    ("slash", "/", "never"),
    ("slashes", "///", "never"),
    ("dot", ".", "never"),
    ("dot and slash", "./", "never"),
    ("dot before", "./file.txt", "never"),
    ("dot between", "sub/./file.txt", "never"),
    ("dot behind", "file.txt/.", "never"),
    ("dot encoded", "%2e/file.txt", "never"),
    ("empty segment", "sub//file.txt", "never"),
    ("empty segment encoded", "sub%2f%2ffile.txt", "never"),
    ("slash before", "/file.txt", "never"),
    ("slash behind", "file.txt/", "never"),
    ("slash behind, encoded", "file.txt%2f", "never"),
    ("directory with a slash", "sub/", "never"),
    ("space", "%20", "name"),
    ("space before", "%20/file.txt", "name"),
]

LONG: Rows = [
    ("name", "a" * 300, "never"),
    ("name of many bytes", "%e2%82%ac" * 100, "never"),
    ("path", "a/" * 2500 + "a", "never"),
    ("deep way up", "a/" * 50 + "../" * 51 + "secret.txt", "never"),
    ("many dots", "." * 250, "name"),
    ("many ways up", "../" * 1500 + f"{TOP}/secret.txt", "never"),
    ("many dots to be cut", "file.txt" + "/." * 1500, "never"),
    ("many slashes", "/" * 3000 + "etc/passwd", "never"),
]

UNSEEN: Rows = [
    ("right-to-left override", "%e2%80%aetxt.elif", "name"),
    ("right-to-left isolate", "sub/%e2%81%a7file.txt", "name"),
    ("left-to-right mark", "file.txt%e2%80%8e", "name"),
    ("zero-width joiner", "fi%e2%80%8dle.txt", "name"),
    ("zero-width no-break space", "file.txt%ef%bb%bf", "name"),
    ("tag characters", "file.txt%f3%a0%80%a1", "name"),
    ("variation selector", "file.txt%ef%b8%8f", "name"),
    ("high surrogate", "%ed%a0%80/file.txt", "disk"),
    ("low surrogate", "%ed%b0%80", "disk"),
    ("pair of surrogates", "%ed%a0%bd%ed%b8%80", "disk"),
    ("no UTF-8", "%ff%fe", "disk"),
    ("cut in a character", "file.txt%e2%82", "disk"),
    ("decomposed", "file%cc%81.txt", "name"),
    ("no character", "%ef%b7%90%ef%bf%bf", "name"),
    ("line feed", "file.txt%0a", "name"),
    ("carriage return and line feed", "file.txt%0d%0aX-Accel-Redirect:%20/secret.txt", "name"),
    ("line separator", "file.txt%e2%80%a8", "name"),
    ("next line", "file.txt%c2%85", "name"),
    ("vertical tab", "%0bfile.txt", "name"),
    ("escape", "%1b[2Jfile.txt", "name"),
    ("delete", "file.txt%7f", "name"),
    ("backspaces", "x%08%08..%08", "name"),
]

STORES: Rows = [
    ("chain", f"zip:%2f%2f::file:%2f%2f/{TOP}/secret.txt", "never"),
    ("chain without slashes", "zip::secret.txt", "name"),
    ("chain of caches", "simplecache::secret.txt", "name"),
    ("member of an archive", "archive.zip!/secret.txt", "name"),
    ("version", "file.txt%3fversionId=1", "name"),
    ("version of nothing", "file.txt%3fversionId=", "name"),
    ("snapshot", "file.txt%3fsnapshot=2024-05-17T12:30:15Z", "name"),
    ("generation", "file.txt%231715949015", "name"),
    ("query", "file.txt%3fX-Amz-Signature=x", "name"),
    ("query as it is said", "file.txt%3fresponse-content-type=text/html", "name"),
    ("fragment", "%23/../secret.txt", "never"),
    ("query that climbs", "%3f/../secret.txt", "never"),
    ("query of a climber", "file.txt%3f..%2f..%2fsecret.txt", "never"),
    ("bucket", "s3:%2f%2fother/secret.txt", "never"),
    ("other bucket", "..%2fother%2fsecret.txt", "never"),
    ("memory", "memory:%2f%2fsecret.txt", "never"),
    ("memory with one slash", "memory:/secret.txt", "name"),
    ("place of a member", "sub/file.txt:1:2", "name"),
]

CLIMBING: Rows = [
    *(
        (f"{name}, {how}", f"{dots}{slash}secret.txt", verdict)
        for name, dots, verdict in DOTS
        for how, slash in (("slash", "/"), ("encoded slash", "%2f"))
    ),
    *(
        (f"{name}, {how}", f"{dots}{slash}secret.txt", verdict)
        for name, slash, verdict in SLASHES
        for how, dots in (("dots", ".."), ("encoded dots", "%2e%2e"))
    ),
]

PAYLOADS: dict[str, list[Payload]] = {
    family: [Payload(family, *row) for row in rows]
    for family, rows in {
        "plain": PLAIN,
        "climbing": CLIMBING,
        "absolute": ABSOLUTE,
        "Windows": WINDOWS,
        "NUL": NUL,
        "URLs": URLS,
        "expanded": EXPANDED,
        "segments": SEGMENTS,
        "long": LONG,
        "unseen": UNSEEN,
        "stores": STORES,
    }.items()
}
