"""Widgets that show private files in forms, with links of the project's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.fields.files import FieldFile
from django.forms import ModelForm, Widget, modelform_factory

from downloadable import FileLink, PrivateFileInput
from tests.models import Document
from tests.storages import remote

LINK = '<a href="/mine/7?a=1&amp;b=2">one.pdf (3 bytes)</a>'


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    """One file in a storage without URLs."""
    with remote.holding({"scans/one.pdf": b"123"}):
        yield


def link_to(file: FieldFile) -> str:
    """Return a link that has to be escaped."""
    return f"/mine/{file.instance.pk}?a=1&b=2"


def form_of(widget: Widget, data: Any = None, sent: Any = None, /, **document: Any) -> ModelForm[Document]:
    """Return the form of a document's file."""
    kind = modelform_factory(Document, fields=["remote_file"], widgets={"remote_file": widget})
    return kind(data, sent, instance=Document(pk=7, **document))


@pytest.mark.parametrize(("widget", "inputs"), [(PrivateFileInput(link_to), 2), (FileLink(link_to), 0)])
def test_file_is_shown_with_its_link(widget: Widget, inputs: int) -> None:
    """Name, size and link are shown, beside what changes the file, if it may be; no URL of a storage is needed."""
    shown = str(form_of(widget, remote_file="scans/one.pdf")["remote_file"]).replace("\xa0", " ")
    assert LINK in shown
    assert shown.count("<input") == inputs
    assert remote.calls == {"size": 1}


@pytest.mark.parametrize(("widget", "inputs"), [(PrivateFileInput(link_to), 1), (FileLink(link_to), 0)])
def test_empty_field_has_no_link(widget: Widget, inputs: int) -> None:
    """Without a file, there is nothing to link."""
    shown = str(form_of(widget)["remote_file"])
    assert "<a " not in shown
    assert shown.count("<input") == inputs


def test_file_is_replaced_and_cleared() -> None:
    """The input takes a new file, and the tick that clears it."""
    new = SimpleUploadedFile("new.pdf", b"new")
    form = form_of(PrivateFileInput(link_to), {}, {"remote_file": new}, remote_file="scans/one.pdf")
    assert form.is_valid()
    assert form.cleaned_data["remote_file"] is new
    form = form_of(PrivateFileInput(link_to), {"remote_file-clear": "on"}, {}, remote_file="scans/one.pdf")
    assert form.is_valid()
    assert form.cleaned_data["remote_file"] is False


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"remote_file": "../secret"}, {}, id="a name"),
        pytest.param({"remote_file-clear": "on"}, {}, id="a tick"),
        pytest.param({}, {"remote_file": SimpleUploadedFile("new.pdf", b"new")}, id="a file"),
    ],
)
def test_link_takes_nothing(data: dict[str, Any], sent: dict[str, Any]) -> None:
    """Whatever is sent, what is shown as a link stays as it is, and no label leads to it."""
    widget = FileLink(link_to)
    form = form_of(widget, data, sent, remote_file="scans/one.pdf")
    assert widget.value_omitted_from_data(data, sent, "remote_file")
    assert form.is_valid()
    assert not form.has_changed()
    assert form.save(commit=False).remote_file.name == "scans/one.pdf"
    assert "for=" not in str(form["remote_file"].label_tag())
