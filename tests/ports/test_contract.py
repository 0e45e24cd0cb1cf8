from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

BROKEN = Path(__file__).with_name("broken_sources.py")


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Run the contract on the broken sources, in a process of its own; name the tests that each of them fails."""
    report = tmp_path_factory.mktemp("contract") / "report.xml"
    command = [sys.executable, "-m", "pytest", str(BROKEN), f"--junit-xml={report}", "--tb=no"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=BROKEN.parents[2])
    assert done.returncode == 1, done.stdout + done.stderr
    failed: dict[str, set[str]] = {}
    for case in ET.parse(report).iter("testcase"):
        names = failed.setdefault(case.attrib["classname"].rpartition(".")[2], set())
        if case.find("failure") is not None or case.find("error") is not None:
            names.add(case.attrib["name"].partition("[")[0])
    return failed


def test_a_sound_source_passes(failures: dict[str, set[str]]) -> None:
    """Where nothing is wrong, the contract finds nothing."""
    assert failures["TestSound"] == set()


@pytest.mark.parametrize(
    ("fault", "found_by"),
    [
        ("StopIncluded", "test_read_yields_exactly_the_slice"),
        ("StartIgnored", "test_read_yields_exactly_the_slice"),
        ("StopOfLargeIgnored", "test_a_slice_across_chunks_is_exact"),
        ("EmptyChunk", "test_chunks_are_bytes_and_never_empty"),
        ("OtherBytes", "test_chunks_are_bytes_and_never_empty"),
        ("ShortInSilence", "test_more_than_there_is_is_truncated"),
        ("ReadOnce", "test_reading_twice_gives_the_same"),
        ("WrongSize", "test_describe_says_what_read_yields"),
        ("WrongName", "test_describe_says_what_read_yields"),
        ("KnowsBetter", "test_known_agrees_with_describe"),
        ("NeverTheSame", "test_describe_looks_anew"),
        ("LeaksOnAcquire", "test_nothing_stays_open"),
        ("LeaksHalfWay", "test_nothing_stays_open"),
        ("ClosesOnce", "test_close_is_harmless_at_any_time"),
        ("ClosesAcquiredOnly", "test_close_is_harmless_at_any_time"),
        ("OthersOnALoop", "test_aread_equals_read"),
        ("AtHandFromTheStart", "test_read_nowait_gives_what_read_gives"),
        ("AtHandBeyondTheStop", "test_read_nowait_gives_what_read_gives"),
        ("AtHandInOtherBytes", "test_read_nowait_gives_what_read_gives"),
        ("OtherDescriptor", "test_a_descriptor_has_exactly_the_content"),
        ("MissingKeyOnOpen", "test_a_missing_key_is_not_found_before_the_first_byte"),
        ("MissingKeyServed", "test_a_missing_key_is_not_found_before_the_first_byte"),
        ("ChangeUnnoticed", "test_what_changed_before_acquire_is_noticed"),
        ("LookRemembered", "test_describe_sees_a_change"),
    ],
)
def test_each_fault_is_found(failures: dict[str, set[str]], fault: str, found_by: str) -> None:
    """A source with one fault fails the rule that it breaks."""
    assert found_by in failures[f"Test{fault}"]
