"""What the check finds without a server: the storage alone, and Django alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import override_settings

from downloadable.django_ui.probing import Front
from tests.django_ui.checking.sites import (
    COMMON,
    DOWNLOADS,
    HERE,
    LOCAL,
    Broken,
    failures,
    first_failure,
    found,
    nginx,
    settings_of,
)


def test_right_without_a_server(site: None, media: Path) -> None:
    """The storage and Django are right, and no marker is left."""
    findings = found()
    assert [(finding.part, finding.verdict) for finding in findings] == [("storage", "ok"), ("Django", "ok")]
    assert "X-Accel-Redirect: /protected/downloadable-check-" in findings[1].what
    assert list(media.iterdir()) == []


def test_each_place_once(media: Path, tmp_path: Path) -> None:
    """A directory that is a storage's is asked for once; others of either kind, too; static files are not."""
    (tmp_path / "more").mkdir()
    stores = {
        "default": LOCAL,
        "staticfiles": LOCAL,
        "other": {**LOCAL, "OPTIONS": {"location": str(tmp_path / "other")}},
    }
    roots = {media: "/protected/", tmp_path / "more": "/more/", "other": "/other/"}
    with override_settings(**settings_of(media, STORAGES=stores, DOWNLOADABLE={"DELEGATES": [nginx(roots)]})):
        findings = found()
        skipped = found(skip=["other", str(tmp_path / "more")])
    assert failures(findings) == []
    assert [finding.place for finding in findings[::2]] == [
        "storage 'default'",
        "storage 'other'",
        str(tmp_path / "more"),
    ]
    assert {finding.place for finding in skipped} == {"storage 'default'"}
    assert list((tmp_path / "more").iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        ("refuses", "quota exceeded"),
        ("changes", "other 14 are read"),
        ("loses", "cannot be read"),
        ("links", "no regular file"),
        ("keeps", "could not be removed"),
    ],
)
def test_a_storage_that_is_wrong(media: Path, monkeypatch: pytest.MonkeyPatch, fault: str, what: str) -> None:
    """What a storage does not do as it should is its own fault."""
    monkeypatch.setattr(Broken, "fault", fault)
    with override_settings(**settings_of(media, STORAGES={"default": {"BACKEND": f"{HERE}.Broken"}})):
        failure = first_failure(found())
    assert (failure.part, failure.culprit) == ("storage", "storage")
    assert what in failure.what


def test_a_storage_that_names_files_itself(media: Path) -> None:
    """What a storage does not call a marker cannot be handed over as one, for which nobody is to blame."""
    with override_settings(**settings_of(media, STORAGES={"default": {"BACKEND": f"{HERE}.Naming"}})):
        (finding,) = found()
    assert finding.verdict == "unknown"
    assert "names of its own" in finding.what
    assert list((media / "ab").iterdir()) == []


@pytest.mark.parametrize(("fault", "missed"), [("is read-only", False), ("is away", True)])
def test_what_was_never_written_is_not_missed(
    media: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: str, missed: bool
) -> None:
    """A storage that refuses to write and to remove makes nobody look for a marker, unless it may be there."""
    monkeypatch.setattr(Broken, "fault", fault)
    with override_settings(**settings_of(media, STORAGES={"default": {"BACKEND": f"{HERE}.Broken"}})):
        assert failures(found()) == [("storage", "storage")]
    assert ("may be left" in caplog.text) is missed


@pytest.mark.parametrize(
    ("roots", "culprit", "what"),
    [
        pytest.param(
            {"/nowhere/at/all": "/protected/"}, "Django settings", "FileNotFoundError", id="no directory"
        ),
        pytest.param({"lost": "/protected/"}, "Django settings", "InvalidStorageError", id="no storage"),
        pytest.param({"/dev/null": "/protected/"}, "Django settings", "not a directory", id="a file"),
    ],
)
def test_a_root_that_is_wrong(media: Path, roots: dict[str, str], culprit: str, what: str) -> None:
    """A root that is none is a mistake in the settings; one that cannot be written to is for the storage to mend."""
    delegates = {"DELEGATES": [nginx({media: "/media/", **roots})]}
    with override_settings(**settings_of(media, DOWNLOADABLE=delegates)):
        findings = found()
    assert failures(findings) == [("storage", culprit)]
    assert what in first_failure(findings).what


@pytest.mark.parametrize(
    ("root", "target"),
    [("{media}", "/protected/"), ("default", "/protected/"), ("/nowhere/at/all/", "/other/")],
)
def test_a_root_that_is_not_seen(media: Path, root: str, target: str) -> None:
    """No marker is put where Django is said to see nothing, and no directory made there; nobody is to blame."""
    root = root.format(media=media)
    described = nginx({root: target})
    described["OPTIONS"]["unseen"] = [root]
    with override_settings(**settings_of(media, DOWNLOADABLE={"DELEGATES": [described]})):
        findings = found(skip=["default"] if target == "/other/" else [])
    (finding,) = findings
    assert (finding.part, finding.verdict) == ("storage", "unknown")
    assert "said not to see" in finding.what
    assert not list(media.iterdir())
    assert not Path("/nowhere").exists()


def test_a_directory_of_somebody_else(site: None, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not write there is told so, and that the place can be left out."""

    def refuse(*args: Any) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FileSystemStorage, "_save", refuse)
    failure = first_failure(found())
    assert failure.culprit == "storage"
    assert f"uid {os.geteuid()}" in failure.mend
    assert "--skip" in failure.mend


@pytest.mark.parametrize(
    ("changes", "what", "mend"),
    [
        pytest.param({"MIDDLEWARE": []}, "No delegate is announced", f"'{DOWNLOADS}'", id="no middleware"),
        pytest.param(
            {"MIDDLEWARE": [DOWNLOADS, f"{HERE}.forgetting"]},
            "although Nginx would",
            "after what replaces the request",
            id="request replaced",
        ),
        pytest.param({"ROOT_URLCONF": "tests.urls"}, "no page for this check", "include(", id="no page"),
        pytest.param(
            {"ALLOWED_HOSTS": [], "MIDDLEWARE": [COMMON, DOWNLOADS]},
            "It answers 400",
            "ALLOWED_HOSTS",
            id="host",
        ),
        pytest.param({"MIDDLEWARE": [f"{HERE}.refusing"]}, "It answers 403", "refuses", id="refused"),
        pytest.param({"MIDDLEWARE": [f"{HERE}.failing"]}, "It answers 500 with 2", "log", id="fails"),
        pytest.param({"MIDDLEWARE": [f"{HERE}.redirecting"]}, "It answers 302", "/login/", id="redirected"),
        pytest.param(
            {"MIDDLEWARE": [f"{HERE}.replacing", DOWNLOADS]},
            "It answers 200",
            "changes the answer",
            id="field changed",
        ),
        pytest.param(
            {"MIDDLEWARE": [f"{HERE}.measuring", DOWNLOADS]},
            "It answers 200",
            "changes the answer",
            id="length added",
        ),
        pytest.param(
            {"DOWNLOADABLE": {"DELEGATES": [nginx({"/srv/other": "/protected/"})]}},
            "Nginx does not, it is below none of the root directories",
            "roots",
            id="outside of the roots",
        ),
        pytest.param({"DOWNLOADABLE": {}}, "names no delegates", "DELEGATES", id="no delegates"),
        pytest.param(
            {"DOWNLOADABLE": {}, "DOWNLOADVIEW_RULES": []},
            "DOWNLOADVIEW_RULES cannot be checked from here",
            "Make DOWNLOADABLE['DELEGATES'] of them",
            id="rules of old",
        ),
        pytest.param({"DOWNLOADABLE": {"DELEGATE": []}}, "cannot be used", "Correct", id="no settings"),
        pytest.param({"MIDDLEWARE": ["no.such"]}, "cannot be used", "Correct", id="no such middleware"),
    ],
)
def test_settings_that_are_wrong(media: Path, changes: dict[str, Any], what: str, mend: str) -> None:
    """What Django does not do as it should is a matter of its settings."""
    with override_settings(**settings_of(media, **changes)):
        # Without a URL, the host is one that is allowed; here it is another.
        findings = (
            found(front=Front("http://127.0.0.1:9", timeout=1)) if "ALLOWED_HOSTS" in changes else found()
        )
    of_django = [finding for finding in findings if finding.part == "Django"]
    assert of_django[0].culprit == "Django settings"
    assert what in of_django[0].what
    assert mend in of_django[0].mend
    assert list(media.iterdir()) == []


@pytest.mark.parametrize(
    ("mood", "what"),
    [("raises", "OwnDelegate fails with RuntimeError('It is tired.')"), ("declines", "OwnDelegate does not")],
)
def test_a_delegate_that_will_not(media: Path, mood: str, what: str) -> None:
    """Why each delegate does not take a file is told."""
    own = {"BACKEND": f"{HERE}.OwnDelegate", "OPTIONS": {"mood": mood}}
    with override_settings(**settings_of(media, DOWNLOADABLE={"DELEGATES": [own]})):
        failure = first_failure(found())
    assert what in failure.what


def test_a_delegate_of_ones_own(media: Path) -> None:
    """What hands over in its own words is right if its words arrive."""
    with override_settings(
        **settings_of(media, DOWNLOADABLE={"DELEGATES": [{"BACKEND": f"{HERE}.OwnDelegate"}]})
    ):
        assert failures(found()) == []


def test_memory_is_sent_by_django(media: Path) -> None:
    """Files that are nowhere else are no failure, but not called right either."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    with override_settings(**settings_of(media, STORAGES={"default": LOCAL, "memory": memory})):
        findings = found()
    assert failures(findings) == []
    assert [finding.place for finding in findings if finding.verdict == "unknown"] == ["storage 'memory'"]


def test_a_storage_by_its_alias(media: Path) -> None:
    """A storage that is a root itself is told by its alias."""
    with override_settings(
        **settings_of(media, DOWNLOADABLE={"DELEGATES": [nginx({"default": "/stored/"})]})
    ):
        findings = found()
    assert failures(findings) == []
    assert "X-Accel-Redirect: /stored/downloadable-check-" in findings[1].what


def test_a_root_behind_a_link(media: Path, tmp_path: Path) -> None:
    """A directory that Django knows by a link is the same."""
    (tmp_path / "link").symlink_to(media)
    with override_settings(**settings_of(media, MEDIA_ROOT=tmp_path / "link")):
        findings = found()
    assert failures(findings) == []


def test_a_url_prefix_is_not_called_right(media: Path) -> None:
    """Where no storage writes, nothing is known; and who does not care leaves it out."""
    delegates = [nginx({media: "/protected/", "https://files.example.com/a/": "/remote/"})]
    with override_settings(**settings_of(media, DOWNLOADABLE={"DELEGATES": delegates})):
        findings = found()
        assert found(skip=["https://files.example.com/a"])[-1].verdict == "ok"
    assert findings[-1].verdict == "unknown"
    assert "/remote/ cannot be checked" in findings[-1].what


def test_a_mistake_of_the_program_is_not_a_finding(media: Path) -> None:
    """What is broken is raised as it is; and no marker is left."""
    with (
        override_settings(**settings_of(media, ROOT_URLCONF="no.such.module")),
        pytest.raises(ModuleNotFoundError),
    ):
        found()
    assert list(media.iterdir()) == []


def test_interrupted_while_it_leaves(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C just as the marker is being removed leaves no marker either."""
    monkeypatch.setattr(Broken, "fault", "is interrupted")
    settings = settings_of(media, STORAGES={"default": {"BACKEND": f"{HERE}.Broken"}})
    with override_settings(**settings), pytest.raises(KeyboardInterrupt):
        found()
    assert list(media.iterdir()) == []
