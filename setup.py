"""
What pyproject.toml cannot say of a build: that it is reproducible, and reads well where it is offered.

The same files give the same bytes, wherever, whenever and by whomever they are built: in both archives each time is
``SOURCE_DATE_EPOCH``, or else the first that a wheel can tell, and modes say only what may be run.
"""

import gzip
import os
import re
import stat
import tarfile
import time
import zipfile
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.sdist import sdist

ROOT = Path(__file__).parent
# 1980-01-01: zip files know nothing earlier.
EPOCH = max(315_532_800, int(os.environ.get("SOURCE_DATE_EPOCH", "0")))

# Type checkers find the package by this link; setuptools would pack copies of what it leads to.
LINK = ".ci/typing/downloadable"
LEADS_TO = "../../src"


def description() -> str:
    """Give the README as it reads away from the project: a page of ours is named there, no link leads nowhere."""
    text = ROOT.joinpath("README.md").read_text(encoding="utf-8")
    ours = r"\((?![a-z]+:|#)(?P<path>[^)#]+)(?:#[^)]*)?\)"
    text = re.sub(rf"!\[[^]]*\]{ours}\n*", "", text)
    # They make the examples tests.
    text = re.sub(r"<!--.*?-->\n*", "", text, flags=re.DOTALL)
    text = re.sub(rf"\[(?P<text>[^]]+)\]{ours}", r"\g<text> (`\g<path>`)", text)
    return f"{text}\nPages that are named like `docs/start.md` come with the source distribution.\n"


def mode_of(mode: int) -> int:
    """Keep of a mode what git keeps."""
    return 0o755 if mode & stat.S_IXUSR else 0o644


def settle_wheel(path: Path) -> None:
    """Write a wheel anew, free of times and umasks."""
    with zipfile.ZipFile(path) as archive:
        members = [(member, archive.read(member)) for member in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members:
            settled = zipfile.ZipInfo(member.filename, time.gmtime(EPOCH)[:6])
            settled.create_system = 3  # Unix
            settled.external_attr = (stat.S_IFREG | mode_of(member.external_attr >> 16)) << 16
            archive.writestr(settled, content, zipfile.ZIP_DEFLATED, compresslevel=9)


def settle_sdist(path: Path) -> None:
    """Write a source distribution anew: sorted, free of times, umasks and users, and with that link."""
    with tarfile.open(path) as archive:
        (root,) = {member.name.partition("/")[0] for member in archive}
        link = tarfile.TarInfo(f"{root}/{LINK}")
        link.type, link.linkname = tarfile.SYMTYPE, LEADS_TO
        members = [
            (member, archive.extractfile(member))
            for member in archive
            if member.isfile() and not member.name.startswith(f"{link.name}/")
        ]
        settled = path.with_suffix(".settled")
        with (
            settled.open("wb") as file,
            gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=EPOCH) as packed,
            tarfile.open(mode="w", fileobj=packed, format=tarfile.PAX_FORMAT) as anew,
        ):
            for member, content in sorted([*members, (link, None)], key=lambda pair: pair[0].name):
                member.mtime, member.mode = EPOCH, mode_of(member.mode)
                member.uid = member.gid = 0
                member.uname = member.gname = ""
                member.pax_headers = {}
                anew.addfile(member, content)
    settled.replace(path)


class Wheel(bdist_wheel):
    """A wheel whose bytes follow from its files."""

    def run(self) -> None:
        super().run()
        for _, _, path in self.distribution.dist_files:
            settle_wheel(Path(path))


class SourceDistribution(sdist):
    """A source distribution whose bytes follow from its files."""

    def make_distribution(self) -> None:
        super().make_distribution()
        for path in self.get_archive_files():
            settle_sdist(Path(path))


setup(
    long_description=description(),
    long_description_content_type="text/markdown",
    cmdclass={"bdist_wheel": Wheel, "sdist": SourceDistribution},
)
