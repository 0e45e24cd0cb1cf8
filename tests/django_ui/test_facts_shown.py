"""What templates show of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Engine
from django.test import override_settings
from django.utils import translation

from tests.models import Document
from tests.storages import CountingStorage, ObscuringStorage, remote

NAME = "documents/2026/report.pdf"


def shown(expression: str, file: Any) -> str:
    """Return what a template makes of ``file`` by *expression*."""
    library = {"downloadable": "downloadable.django_ui.templatetags.downloadable"}
    template = Engine(libraries=library, builtins=["downloadable.django_ui.templatetags.downloadable"])
    text = template.from_string(expression).render(Context({"file": file}))
    return text.replace("\xa0", " ")


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    """One file in a storage that counts what it is asked for."""
    with remote.holding({NAME: b"0123456789" * 200}):
        yield


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("{{ file|file_name }}", "report.pdf", id="name"),
        pytest.param("{{ file|file_type }}", "application/pdf", id="type"),
        pytest.param("{{ file|file_size }}", "2.0 KB", id="size"),
        pytest.param("{% if file|may_be_shown %}yes{% else %}no{% endif %}", "yes", id="shown in place"),
    ],
)
def test_filters_tell_what_a_download_would(expression: str, expected: str) -> None:
    """The name is without directories, the type is guessed from it, and the size is for people."""
    assert shown(expression, Document(remote_file=NAME).remote_file) == expected


@pytest.mark.parametrize("file", [Document().file, None, "", 7])
@pytest.mark.parametrize("fact", ["file_name", "file_type", "file_size"])
def test_no_file_has_no_facts(file: Any, fact: str) -> None:
    """An empty field, and what is no file at all, is shown as nothing."""
    assert shown(f"[{{{{ file|{fact} }}}}]", file) == "[]"
    assert shown("{{ file|may_be_shown }}", file) == "False"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        pytest.param(ContentFile(b"12345", name="a.txt"), "a.txt 5 bytes", id="in memory"),
        pytest.param(SimpleUploadedFile("b.txt", b"123"), "b.txt 3 bytes", id="just uploaded"),
        pytest.param(Document(file=ContentFile(b"1", name="c.txt")).file, "c.txt 1 byte", id="not yet saved"),
    ],
)
def test_files_that_no_storage_has(file: Any, expected: str) -> None:
    """What is not stored tells its size itself."""
    assert shown("{{ file|file_name }} {{ file|file_size }}", file) == expected


def test_name_is_cleaned() -> None:
    """What is shown is the name that a client would save."""
    file = Document(remote_file="up/a\u202egpj.exe").remote_file
    assert shown("{{ file|file_name }}", file) == "agpj.exe"


def test_size_is_asked_once() -> None:
    """However often a page shows it, the storage hears one question; another name is another question."""
    file = Document(remote_file=NAME).remote_file
    twice = "{% if file|file_size %}{{ file|file_size }}{% endif %}"
    assert shown(twice, file) == "2.0 KB"
    assert remote.calls == {"size": 1}
    remote.files["other.pdf"] = b"1"
    file.name = "other.pdf"
    assert shown(twice, file) == "1 byte"
    assert remote.calls == {"size": 2}


def test_storage_that_does_not_answer(caplog: pytest.LogCaptureFixture) -> None:
    """A page without a size is a page; the log says why, once."""
    file = Document(remote_file="gone.pdf").remote_file
    assert shown("[{{ file|file_size }}{{ file|file_size }}]", file) == "[]"
    assert [record.getMessage() for record in caplog.records] == [
        "The size of 'gone.pdf' is not shown: No content under 'gone.pdf'."
    ]


class Sizeless(InMemoryStorage):
    def size(self, name: str) -> int:
        raise NotImplementedError


@pytest.mark.parametrize("kind", [ObscuringStorage, Sizeless])
def test_sizes_that_nobody_knows(
    kind: type[Storage], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A storage that encrypts knows how long a file is where it lies, which is not shown; others know nothing."""
    storage: Any = kind(tmp_path) if kind is ObscuringStorage else kind()
    (tmp_path / "a.txt").write_bytes(b"\0" * 20)
    monkeypatch.setattr(Document._meta.get_field("remote_file"), "storage", storage)
    assert shown("[{{ file|file_size }}]", Document(remote_file="a.txt").remote_file) == "[]"


def test_mistake_of_a_storage_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong with the code of a storage is an error."""

    class Mistaken(CountingStorage):
        def size(self, name: str) -> int:
            raise ZeroDivisionError

    monkeypatch.setattr(Document._meta.get_field("remote_file"), "storage", Mistaken())
    with pytest.raises(ZeroDivisionError):
        shown("{{ file|file_size }}", Document(remote_file="a.txt").remote_file)


def test_sizes_are_in_the_language_of_the_page() -> None:
    """They are spelt as the reader spells numbers."""
    with translation.override("de"):
        assert shown("{{ file|file_size }}", Document(remote_file=NAME).remote_file) == "2,0 KB"


@pytest.mark.parametrize(
    ("name", "types", "expected"),
    [
        ("a.html", None, "False"),
        ("a.svg", None, "False"),
        ("a.webm", None, "True"),
        ("a.unknown", None, "False"),
        ("a.svg", ["image/svg+xml"], "True"),
        ("a.png", ["image/svg+xml"], "False"),
    ],
)
def test_site_says_what_is_shown_in_place(name: str, types: list[str] | None, expected: str) -> None:
    """It is what the site's policy lets a browser show: by default, nothing that could run scripts."""
    policy = {} if types is None else {"POLICY": {"inline_types": types}}
    with override_settings(DOWNLOADABLE=policy):
        assert shown("{{ file|may_be_shown }}", Document(file=name).file) == expected
