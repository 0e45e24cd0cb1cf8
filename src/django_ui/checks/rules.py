"""What the system checks say: one sentence for each thing that can be wrong, and what to write instead."""

from __future__ import annotations

from attrs import frozen
from django.core.checks import CheckMessage, Error, Warning as Doubt

__all__ = ["RULES", "Rule"]


@frozen
class Rule:
    """
    One thing that can be wrong.

    Args:
        number: ``E001`` and so on for what cannot work, ``W001`` and so on for what is hardly meant.

        says: The sentence, with the names of facts in braces.

        mend: What to write, likewise.
    """

    number: str
    says: str
    mend: str

    def about(self, **facts: object) -> CheckMessage:
        """Return the message of Django's checks, with *facts* in their places."""
        kind = Error if self.number.startswith("E") else Doubt
        return kind(
            self.says.format(**facts), hint=self.mend.format(**facts), id=f"downloadable.{self.number}"
        )


SETTING = Rule("E001", "{why}", "Write DOWNLOADABLE = {{...}} with none but the options {options}.")
DESCRIPTION = Rule(
    "E002",
    "{why}",
    'Describe each delegate as {{"BACKEND": "downloadable.adapters.delegates.Nginx", "OPTIONS": {{...}}}}.',
)
BACKEND = Rule(
    "E003",
    "{why}",
    "Write the dotted path of a class: downloadable.adapters.delegates has {classes}.",
)
OPTIONS = Rule("E004", "{why}", "Write the OPTIONS that {backend!r} takes: {takes}.")
NO_DELEGATE = Rule(
    "E005", "{why}", "Name a class whose instances have hand_over(content, offer) and keeps_validators."
)
POLICY = Rule(
    "E006", "{why}", 'Write fields of ServingPolicy only, such as {{"cache_control": "private, no-store"}}.'
)
OBSERVER = Rule(
    "E007",
    "{why}",
    "Write the dotted path of a plain function of one argument. An async one can receive download_finished.",
)
TRUSTED_ORIGIN = Rule(
    "E008", "{why}", 'Write scheme, host and port, and nothing else, such as "http://minio:9000".'
)
NO_DIRECTORY = Rule(
    "E009", "The root {root!r} of {delegate} is not a directory.", "Write the directory that holds the files."
)
NO_STORAGE = Rule(
    "E010",
    "The root {root!r} of {delegate} is not an alias in STORAGES.",
    "Write one of {aliases}, an absolute path, or a URL with its scheme.",
)
NO_MIDDLEWARE = Rule(
    "E011",
    "DOWNLOADABLE has DELEGATES, but MIDDLEWARE has no DownloadMiddleware to announce them.",
    'Add "downloadable.DownloadMiddleware" to MIDDLEWARE, after GZipMiddleware and the like.',
)
LEFT_BEHIND = Rule(
    "E012",
    "{where} names {old!r}, but django-downloadview is not installed.",
    "Write {new!r}.",
)
NO_SECRET = Rule(
    "E013",
    "SECRET_KEY is empty, so nothing can be signed.",
    "Set SECRET_KEY to a long random text.",
)

MISSING = Rule(
    "W001",
    "The root {root!r} of {delegate} does not exist.",
    "Create it, or mend its name; it may stay away until the first file is saved. If only the server has it, say so: "
    "unseen.",
)
UNREADABLE = Rule(
    "W002",
    "The root {root!r} of {delegate} cannot be searched by this process, so Django cannot look at its files.",
    "Give the user that Django runs as the permissions r-x on it and on the directories above.",
)
OVERLAP = Rule(
    "W003",
    "The roots {one!r} and {other!r} of {delegate} overlap; {counts!r} counts for what is below both.",
    "Keep one of them, or silence this if both are meant.",
)
OVERLAP_BETWEEN = Rule(
    "W004",
    "The roots {one!r} of {first} and {other!r} of {second} overlap; {first} is asked first.",
    "Give each file to one delegate, or silence this if the second is meant for what the first cannot send.",
)
TOO_WIDE = Rule(
    "W005",
    "The root {root!r} of {delegate} contains {what}.",
    "Write the directory that holds the files to download, and nothing else.",
)
NO_SLASH = Rule(
    "W006",
    "{text!r}, for the root {root!r} of {delegate}, has no slash at the end.",
    "Write {slashed!r}, and the same in the configuration of the server.",
)
SAME_TARGET = Rule(
    "W007",
    "The server cannot tell the roots {one!r} and {other!r} of {delegate} apart: they are {target!r} and "
    "{other_target!r} to it.",
    "Give each root a target of its own, none of them below another.",
)
NO_ROOTS = Rule(
    "W008",
    "{delegate} has no roots, so it sends nothing.",
    'Name a directory, a storage or a URL prefix, such as {{"/srv/media": "/protected/"}}.',
)
OWN_BYTES = Rule(
    "W009",
    "{delegate} has the storage {root!r} among its roots, but never sends its files: {kind} opens or places "
    "them in its own way.",
    "Leave the storage out of the roots; Django sends its files.",
)
OUTSIDE = Rule(
    "W010",
    "Nobody but Django sends the files of {names}: {location!r} is below none of the roots ({roots}).",
    "Add {location!r} to the roots, or silence this if Django is to send them.",
)
NO_MEDIA_ROOT = Rule(
    "W011",
    "MEDIA_ROOT is empty, so the files of {names} are in whatever directory the server is started from.",
    "Set MEDIA_ROOT to an absolute path, and make it one of the roots.",
)
TWO_SERVERS = Rule(
    "W012",
    "{first} and {second} are for different servers, of which one only can be in front.",
    "Keep the delegate of the server that Django is behind.",
)
ORDER = Rule(
    "W013",
    "{ours!r} comes before {other!r} in MIDDLEWARE, which changes downloads first.",
    "Move the former below the latter.",
)
CACHED = Rule(
    "W014",
    "UpdateCacheMiddleware keeps answers that are handed over, longer than their paths and links may hold: the "
    "policy of the site is {policy!r}.",
    'Say "private" in the cache_control of the POLICY, and something else only for what is not handed over.',
)
LEFT_OVER = Rule("W015", "{where} names {old!r}, of django-downloadview.", "Write {new!r}.")
UNREAD = Rule(
    "W016",
    "Nothing reads the setting {name}.",
    "Write DOWNLOADABLE, or use the middleware of downloadable.django_ui.downloadview, which reads it.",
)
NOTHING_SIGNS = Rule(
    "W017",
    "{delegate} redirects to signed links, but no storage of this project signs any.",
    "Use a storage that does, for S3 one without custom_domain and with querystring_auth, or teach downloadable with "
    "signs_with(); else leave the delegate out.",
)
IN_A_STORE = Rule(
    "W018",
    "Nobody but Django sends the files of {names}, which are in a store.",
    "Add PresignedRedirect to the DELEGATES, or a URL prefix to the roots of Nginx, or silence this if Django is to "
    "send them.",
)
SEEN = Rule(
    "W019",
    "The root {root!r} of {delegate} is said to be unseen, but Django sees files there, and does not look at them.",
    "Take it out of unseen, so that no link can lead out of it; or silence this if the server has others there.",
)
NO_PATH_ROOT = Rule(
    "W020",
    "{view}, at {route!r}, takes its path from the URL, but has no root.",
    "Write {view}.as_view(root='/srv/media'), with the directory that holds the files, and that nothing leaves.",
)
OLD_SIGNATURE = Rule(
    "W021",
    "Nothing says the signature_version of the storage {alias!r}, so its links may be signed in the old way, which "
    "newer buckets and most other stores refuse.",
    'Write "signature_version": "s3v4" into its OPTIONS.',
)
OVERWRITES = Rule(
    "W022",
    "The storage {alias!r} puts an upload in the place of an older one of the same name, so one user could get the "
    "file of another.",
    'Write "file_overwrite": False into its OPTIONS, or True if that is meant.',
)

RULES: tuple[Rule, ...] = tuple(value for value in list(vars().values()) if isinstance(value, Rule))
"""All of them."""
