from __future__ import annotations

from pathlib import Path

import pytest

from docs.extensions.links import Page, broken_links, built_pages, page_of_markdown
from tests.packaging.building import tracked

ROOT = Path(__file__).parents[2]


def test_what_is_written_leads_somewhere() -> None:
    """Links from README, the other pages of the project and the documentation reach a file, and a heading in it."""
    files = frozenset(tracked())
    directories = {parent.as_posix() for path in files for parent in Path(path).parents}
    written = {
        path: page_of_markdown(ROOT.joinpath(path).read_text())
        for path in files
        if path.endswith(".md") and not path.startswith(("tests/", "docs/_build/"))
    }
    assert {"README.md", "CONTRIBUTING.md", "docs/index.md"} <= written.keys()
    problems = list(broken_links(written, files | directories))
    assert not problems, "\n".join(problems)


WRONG = [
    ("absent.html", "which is not there"),
    ("/index.html", "which is not there"),
    ("other.html#absent", "where nothing is called that"),
    ("#absent", "where nothing is called that"),
    ("picture.png#part", "where nothing is called that"),
    ("../outside.html", "which is not there"),
    ("http://www.rfc-editor.org/rfc/rfc9110", "by https"),
    ("https://unknown.example/", "known hosts only"),
    ("//www.rfc-editor.org/", "known hosts only"),
    ("javascript:void(0)", "known hosts only"),
]
RIGHT = [
    "",
    "#here",
    "other.html",
    "other.html#there",
    "picture.png",
    "https://www.rfc-editor.org/rfc/rfc9110#section-14.2",
    "http://127.0.0.1:8000/",
]


def built(tmp_path: Path, body: str) -> list[str]:
    """Say what is wrong with a site of two pages and a picture, the first of which has *body*."""
    tmp_path.joinpath("index.html").write_text(f'<h1 id="here">A title</h1>{body}')
    tmp_path.joinpath("other.html").write_text('<a name="there">Here</a>')
    tmp_path.joinpath("picture.png").write_bytes(b"")
    return list(broken_links(*built_pages(tmp_path)))


@pytest.mark.parametrize(("address", "why"), WRONG)
def test_a_broken_link_is_noticed(tmp_path: Path, address: str, why: str) -> None:
    """What leads nowhere, or nobody knows where, is told with the page and the reason."""
    (sentence,) = built(tmp_path, f'<p><a href="{address}">Read on</a></p>')
    assert sentence.startswith("index.html leads to ")
    assert why in sentence


@pytest.mark.parametrize("address", RIGHT)
def test_what_is_there_is_found(tmp_path: Path, address: str) -> None:
    """Pages, their parts, other files and known hosts are no mistakes."""
    assert built(tmp_path, f'<a href="{address}">Read on</a>') == []


FROM_ELSEWHERE = [
    '<script src="https://cdn.example/a.js"></script>',
    '<link rel="stylesheet" href="https://fonts.example/a.css">',
    '<img src="//www.rfc-editor.org/a.png">',
    '<img srcset="picture.png 1x, https://pictures.example/2.png 2x">',
    '<video poster="https://pictures.example/p.png"></video>',
    "<style>@import 'https://fonts.example/a.css';</style>",
    '<p style="background: url(https://pictures.example/b.png)">a</p>',
]


@pytest.mark.parametrize("body", FROM_ELSEWHERE)
def test_what_is_loaded_from_elsewhere_is_noticed(tmp_path: Path, body: str) -> None:
    """A page that loads anything from another host, known or not, tells it who reads the page."""
    (sentence,) = built(tmp_path, body)
    assert "from another host" in sentence


def test_what_styles_load_is_looked_at(tmp_path: Path) -> None:
    """A font that a style sheet names has to be there, next to the style sheet."""
    tmp_path.joinpath("style.css").write_text(
        "a { src: url(absent.woff2) } b { background: url('data:image/png;base64,') } c { mask: url(picture.png) }"
    )
    assert built(tmp_path, "") == ["style.css leads to 'absent.woff2', which is not there."]


def test_headings_are_linked_to_as_github_does() -> None:
    """Letters, digits, hyphens and underscores stay, spaces become hyphens, and the second of a name is numbered."""
    page = page_of_markdown(
        "# `one_rule()`: a *title*, 2nd\n\n## Use\n\n## Use\n\n```text\n# no title\n```\n"
    )
    assert page == Page(ids={"one_rule-a-title-2nd", "use", "use-1"})
