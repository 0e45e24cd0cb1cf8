"""What drf-spectacular writes of views that answer with a file."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings

FILE = {"schema": {"type": "string", "format": "binary"}}


@pytest.fixture(scope="module")
def described() -> Iterator[dict[str, Any]]:
    """The schema of the API, valid and without a warning."""
    from drf_spectacular.management.commands.spectacular import Command

    # As happens with a view where drf_spectacular is among INSTALLED_APPS; see test_layers.py.
    import_module("downloadable.django_ui.rest_schema")
    schema_class = "drf_spectacular.openapi.AutoSchema"
    with override_settings(REST_FRAMEWORK={"DEFAULT_SCHEMA_CLASS": schema_class}):
        written = io.StringIO()
        call_command(
            Command(stdout=written),
            "--validate",
            "--fail-on-warn",
            format="openapi-json",
            urlconf="tests.django_ui.described_api",
        )
        yield json.loads(written.getvalue())


def operation(described: dict[str, Any], target: str, method: str = "get") -> dict[str, Any]:
    """Return what is said of a method of a path."""
    found: dict[str, Any] = described["paths"][target][method]
    return found


@pytest.mark.parametrize(
    ("target", "media_type"),
    [
        pytest.param("/report", "text/csv", id="view"),
        pytest.param("/file/{id}", "*/*", id="generic view"),
        pytest.param("/documents/{id}/file/", "*/*", id="action"),
        pytest.param("/documents/{id}/scan/", "*/*", id="action that says more"),
        pytest.param("/function", "*/*", id="function"),
    ],
)
def test_operation_gets_a_file(described: dict[str, Any], target: str, media_type: str) -> None:
    """It says that the content is binary, in parts too, and what else may be answered."""
    said = operation(described, target)
    answers = said["responses"]
    assert sorted(answers) == ["200", "206", "304", "416"]
    assert answers["200"]["content"] == {media_type: FILE}
    assert answers["206"]["content"] == {media_type: FILE, "multipart/byteranges": FILE}
    assert "content" not in answers["304"]
    assert sorted(answers["206"]["headers"]) == [
        "Accept-Ranges",
        "Content-Disposition",
        "Content-Range",
        "ETag",
    ]
    assert {one["name"] for one in said["parameters"] if one["in"] == "header"} == {
        "Range",
        "If-Range",
        "If-None-Match",
    }
    assert "requestBody" not in said


def test_action_by_post_answers_with_a_file(described: dict[str, Any]) -> None:
    """What is sent is described as ever; what is answered is the file, of which nobody can ask for a part."""
    said = operation(described, "/documents/search/", "post")
    assert {status: answer["content"] for status, answer in said["responses"].items()} == {
        "200": {"*/*": FILE}
    }
    assert "application/json" in said["requestBody"]["content"]
    assert "parameters" not in said


def test_project_has_the_last_word(described: dict[str, Any]) -> None:
    """What extend_schema says goes before what is said here, and adds to it."""
    said = operation(described, "/said")
    assert said["summary"] == "The same, said by the project."
    assert said["responses"]["200"]["description"] == "Said."
    assert sorted(said["responses"]) == ["200"]
    scan = operation(described, "/documents/{id}/scan/")
    assert (scan["summary"], scan["tags"]) == ("A summary of the project's.", ["of the project"])


def test_action_without_a_schema_is_left_out(described: dict[str, Any]) -> None:
    """What DRF is told to leave out is, and the rest is described."""
    assert "/documents/{id}/hidden/" not in described["paths"]


def test_what_the_view_says_of_itself_is_kept(described: dict[str, Any]) -> None:
    """Docstrings become descriptions, as ever."""
    assert operation(described, "/report")["description"] == "The report of this year."
    assert operation(described, "/documents/{id}/file/")["description"] == "Its file."


@pytest.mark.parametrize(
    ("target", "method"),
    [
        pytest.param("/documents/", "get", id="list beside it"),
        pytest.param("/documents/{id}/facts/", "get", id="action beside it"),
        pytest.param("/file/{id}", "post", id="another method of the same view"),
    ],
)
def test_what_is_no_file_is_described_as_ever(described: dict[str, Any], target: str, method: str) -> None:
    """Only the operation that gets the file is said to."""
    said = operation(described, target, method)
    assert said["responses"]["200"]["content"].keys() == {"application/json"}
    assert "Range" not in [one["name"] for one in said.get("parameters", [])]
