"""Which header fields nginx drops from an answer that names a file, and which it must not pass on from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from downloadable.django_ui.proxies.project import Project

__all__ = ["OF_STORES", "OF_THE_FILE", "brought_back", "kept", "variable"]

BROUGHT_BACK = (
    "X-Content-Type-Options",
    "Content-Security-Policy",
    "Content-Security-Policy-Report-Only",
    "X-Frame-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Strict-Transport-Security",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Embedder-Policy",
    "Cross-Origin-Resource-Policy",
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Expose-Headers",
    "Content-Language",
    "Link",
    "Repr-Digest",
    "Vary",
    "X-Robots-Tag",
)
"""What nginx drops from an answer that names a file."""

OF_THE_FILE = ("Content-Type", "Content-Disposition", "Cache-Control", "Expires", "Pragma", "Set-Cookie")
"""What nginx keeps from such an answer, and would have twice, or wrong, if another server sent it, too."""

OF_STORES = (
    "Server-Timing",
    "Via",
    "X-Cache",
    "x-amz-bucket-region",
    "x-amz-cf-id",
    "x-amz-cf-pop",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-checksum-type",
    "x-amz-content-sha256",
    "x-amz-delete-marker",
    "x-amz-expiration",
    "x-amz-id-2",
    "x-amz-missing-meta",
    "x-amz-mp-parts-count",
    "x-amz-object-lock-legal-hold",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-replication-status",
    "x-amz-request-charged",
    "x-amz-request-id",
    "x-amz-restore",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-storage-class",
    "x-amz-tagging-count",
    "x-amz-version-id",
    "x-amz-website-redirect-location",
    "x-amzn-requestid",
    "x-goog-expiration",
    "x-goog-generation",
    "x-goog-hash",
    "x-goog-metageneration",
    "x-goog-storage-class",
    "x-goog-stored-content-encoding",
    "x-goog-stored-content-length",
    "x-guploader-uploadid",
    "x-minio-deployment-id",
    "x-ms-access-tier",
    "x-ms-access-tier-inferred",
    "x-ms-blob-content-md5",
    "x-ms-blob-type",
    "x-ms-client-request-id",
    "x-ms-creation-time",
    "x-ms-lease-state",
    "x-ms-lease-status",
    "x-ms-or-policy-id",
    "x-ms-request-id",
    "x-ms-server-encrypted",
    "x-ms-tag-count",
    "x-ms-version",
    "x-ms-version-id",
)
"""What stores tell of themselves, which is nobody's business."""


def brought_back(project: Project, prefix: str) -> str:
    """Return the lines that bring back what nginx drops; each variable's name begins with *prefix*."""
    lines = "".join(f"add_header {name} ${prefix}{variable(name)} always;\n" for name in kept(project))
    return (
        "# nginx drops these fields of Django's answer; each line brings one back, if Django has sent it.\n"
        + lines
    )


def kept(project: Project) -> Sequence[str]:
    """Return the names of what is to be brought back, each once, however it is written."""
    named = {name.lower(): name for name in (*BROUGHT_BACK, *project.keep)}
    # What nginx brings along, or makes itself, would be there twice.
    own = {name.lower() for name in OF_THE_FILE} | {
        "etag",
        "last-modified",
        "content-length",
        "accept-ranges",
    }
    return [name for lower, name in named.items() if lower not in own]


def variable(name: str) -> str:
    """Return how nginx spells the name of a field in that of a variable."""
    return name.lower().replace("-", "_")
