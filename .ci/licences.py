"""
Check under which licences everything comes that is installed to use, to test or to build the package.

What each package says of itself in its metadata is held against .ci/licences.toml, and docs/licences.md against what
came out; with --write, that page is written. To be run with the Python of .venv.
"""

import re
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/licences.md"
RULES = tomllib.loads(ROOT.joinpath(".ci/licences.toml").read_text())
PROJECT = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text())["project"]
LOCKED = re.compile(r"^([\w.-]+)==", re.MULTILINE)
# Mozilla's list of authorities, whose licence those who pack it along seldom tell.
AUTHORITIES = {"cacert.pem", "roots.pem"}
# The page is the same wherever it is written.
WHERE = {
    "python_version": "3.11",
    "python_full_version": "3.11.0",
    "sys_platform": "linux",
    "platform_system": "Linux",
}


def installed(name: str) -> Distribution | None:
    """Find a package."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def said(package: Distribution) -> str | None:
    """Tell the licence that a package says it has, as an SPDX expression; None if that is not clear."""
    metadata = package.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    words = [*metadata.get_all("License", [])]
    words += [one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier", []) if "License ::" in one]
    spelled = [RULES["spelled"].get(word.strip(), word.strip()) for word in words]
    known = {one for one in spelled if one in RULES["allowed"] or one in RULES["spelled"].values()}
    return known.pop() if len(known) == 1 else None


def licence_of(name: str) -> str | None:
    """Tell the licence of a package: what it says, or what we have read where it says nothing that is clear."""
    package = installed(name)
    return RULES["read"].get(name) or (said(package) if package else None)


def hides_authorities(name: str, licence: str) -> bool:
    """Tell whether a package holds Mozilla's list, and that goes unsaid."""
    package = installed(name)
    files = {file.name for file in (package.files if package else None) or ()}
    return "MPL-2.0" not in licence and not files.isdisjoint(AUTHORITIES)


def is_allowed(expression: str) -> bool:
    """Tell whether a licence may be chosen that is permissive."""
    # AND binds more tightly than OR, and nothing has parentheses.
    return any(set(choice.split(" AND ")) <= set(RULES["allowed"]) for choice in expression.split(" OR "))


def needed_by(requirements: list[str]) -> set[str]:
    """Name all that comes with these."""
    names: set[str] = set()
    waiting = [Requirement(one) for one in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        names.add(name)
        package = installed(name)
        for one in map(Requirement, (package.requires if package else None) or ()):
            extras = requirement.extras or {""}
            wanted = one.marker is None or any(
                one.marker.evaluate({**WHERE, "extra": extra}) for extra in extras
            )
            if wanted and canonicalize_name(one.name) not in names:
                waiting.append(one)
    return names


def uses() -> dict[str, str]:
    """Map each package to what it is used for, the most important."""
    use: dict[str, str] = {}
    for path in sorted(ROOT.glob("requirements/*.txt")):
        use |= dict.fromkeys(map(canonicalize_name, LOCKED.findall(path.read_text())), "development")
    for extra, requirements in reversed(PROJECT["optional-dependencies"].items()):
        use |= dict.fromkeys(needed_by(requirements), f"`{extra}`")
    return use | dict.fromkeys(needed_by(PROJECT["dependencies"]), "always")


def page(found: dict[str, tuple[str, str]]) -> str:
    """Write the page."""
    rows = "\n".join(f"| {name} | {licence} | {use} |" for name, (licence, use) in sorted(found.items()))
    exceptions = "\n".join(
        f"- **{name}** ({found[name][0]}): {one['why']}" for name, one in sorted(RULES["exceptions"].items())
    )
    return str(RULES["page"]).lstrip().format(rows=rows, exceptions=exceptions)


def main() -> None:
    """Check, or write."""
    use = uses()
    licences = {name: licence_of(name) for name in use}
    unclear = "says nothing that is clear; read it, and add it to [read]."
    wrong = [f"{name}: {unclear}" for name, licence in licences.items() if not licence]
    found = {name: (licence, use[name]) for name, licence in licences.items() if licence}
    for name, (licence, _) in found.items():
        excepted = RULES["exceptions"].get(name, {}).get("licence")
        if excepted != licence and not is_allowed(licence):
            wrong.append(f"{name}: {licence} is not allowed.")
        if hides_authorities(name, licence):
            wrong.append(f"{name}: holds Mozilla's certificates (MPL-2.0); add that to [read].")
    idle = (RULES["exceptions"].keys() | RULES["read"].keys()) - found.keys()
    wrong += [f"{name}: is not needed any more; remove it from .ci/licences.toml." for name in idle]
    if wrong:
        sys.exit("\n".join(sorted(wrong)))
    text = page(found)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        sys.exit(f"{PAGE.relative_to(ROOT)} is not up to date: .venv/bin/python .ci/licences.py --write")
    print(f"{len(found)} packages, {len(RULES['exceptions'])} exceptions.")


if __name__ == "__main__":
    main()
