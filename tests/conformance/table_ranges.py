"""One range asked for: what it selects, what is refused, and what is ignored (RFC 9110, 14.1, 14.2 and 15.5.17)."""

from __future__ import annotations

from tests.conformance.rows import Part, Row

__all__ = ["ROWS"]


def selects(id: str, field: str, start: int, stop: int, section: str = "14.1.2", of: str = "notes") -> Row:
    return Row(id=id, section=section, of=of, asked={"Range": field}, status=206, parts=((start, stop),))


def finds_nothing(id: str, field: str, of: str = "notes") -> Row:
    return Row(id=id, section="15.5.17", of=of, asked={"Range": field}, status=416)


def is_ignored(id: str, field: str, section: str = "14.2", of: str = "notes") -> Row:
    return Row(id=id, section=section, of=of, asked={"Range": field})


WHOLE: Part = (0, 1024)

SELECTED = [
    selects("range-first-byte", "bytes=0-0", 0, 1),
    selects("range-second-byte", "bytes=1-1", 1, 2),
    selects("range-last-byte", "bytes=1023-1023", 1023, 1024),
    selects("range-first-half", "bytes=0-511", 0, 512),
    selects("range-second-half", "bytes=512-1023", 512, 1024),
    selects("range-from-first-to-last", "bytes=0-1023", *WHOLE),
    selects("range-open-from-start", "bytes=0-", *WHOLE),
    selects("range-open-from-middle", "bytes=1000-", 1000, 1024),
    selects("range-open-at-last-byte", "bytes=1023-", 1023, 1024),
    selects("range-suffix-of-one", "bytes=-1", 1023, 1024),
    selects("range-suffix", "bytes=-24", 1000, 1024),
    selects("range-suffix-as-long-as-the-file", "bytes=-1024", *WHOLE),
    selects("range-suffix-longer-than-the-file", "bytes=-1025", *WHOLE),
    selects("range-suffix-of-nineteen-digits", "bytes=-9999999999999999999", *WHOLE),
    selects("range-last-just-past-the-end", "bytes=0-1024", *WHOLE),
    selects("range-last-past-the-end", "bytes=1000-5000", 1000, 1024),
    selects("range-last-of-nineteen-digits", "bytes=0-9999999999999999999", *WHOLE),
    selects("range-leading-zeros", "bytes=0000-0009", 0, 10),
    selects("range-whole-of-one-byte", "bytes=0-0", 0, 1, of="byte"),
    selects("range-suffix-of-one-byte", "bytes=-1", 0, 1, of="byte"),
    selects("range-of-a-large-file", "bytes=32768-40959", 32_768, 40_960, of="film"),
    selects("range-in-capitals", "BYTES=0-4", 0, 5, section="14.1"),
    selects("range-in-mixed-case", "Bytes=0-4", 0, 5, section="14.1"),
    # Spaces belong around the commas of a list; before its first element they are forgiven.
    selects("range-space-before-the-set", "bytes= 0-4", 0, 5, section="5.6.1"),
    selects("range-tab-before-the-set", "bytes=\t0-4", 0, 5, section="5.6.1"),
    selects("range-empty-element-before", "bytes=,0-4", 0, 5, section="5.6.1.2"),
    selects("range-empty-element-behind", "bytes=0-4,", 0, 5, section="5.6.1.2"),
    selects("range-many-empty-elements", "bytes= , ,,0-4, ,", 0, 5, section="5.6.1.2"),
    selects("range-without-validators", "bytes=0-4", 0, 5, of="bare"),
    selects("range-of-weakly-tagged", "bytes=0-4", 0, 5, of="weak"),
    # The coding belongs to the representation; the range counts its coded bytes.
    selects("range-of-encoded", "bytes=10-19", 10, 20, section="14.1.2", of="gzipped"),
    selects("range-of-archive", "bytes=0-1", 0, 2, of="archive"),
    selects("range-keeps-the-digest-of-the-whole", "bytes=0-4", 0, 5, section="RFC 9530 3", of="digested"),
]

UNSATISFIABLE = [
    finds_nothing("range-starts-at-the-end", "bytes=1024-"),
    finds_nothing("range-starts-at-the-end-and-has-a-last", "bytes=1024-2000"),
    finds_nothing("range-starts-past-the-end", "bytes=5000-6000"),
    finds_nothing("range-starts-at-nineteen-digits", "bytes=9999999999999999999-"),
    finds_nothing("range-suffix-of-nothing", "bytes=-0"),
    finds_nothing("range-suffix-of-nothing-with-zeros", "bytes=-000"),
    finds_nothing("range-past-one-byte", "bytes=1-", of="byte"),
    finds_nothing("range-first-of-nothing", "bytes=0-0", of="empty"),
    finds_nothing("range-open-of-nothing", "bytes=0-", of="empty"),
    finds_nothing("range-second-of-nothing", "bytes=1-", of="empty"),
    finds_nothing("range-no-suffix-of-nothing", "bytes=-0", of="empty"),
    Row(
        id="range-not-satisfiable-without-validators",
        section="15.5.17",
        of="bare",
        asked={"Range": "bytes=2000-"},
        status=416,
    ),
]

IGNORED = [
    # An unknown unit MUST be ignored; an invalid specifier may be ignored or refused, and ignoring it serves everybody.
    is_ignored("range-unknown-unit", "items=0-4", section="14.1"),
    is_ignored("range-unit-none", "none=0-4", section="14.1"),
    is_ignored("range-unit-starts-like-bytes", "bytes2=0-4", section="14.1"),
    is_ignored("range-no-unit", "0-4"),
    is_ignored("range-empty-unit", "=0-4"),
    is_ignored("range-unit-alone", "bytes"),
    is_ignored("range-space-for-equals", "bytes 0-4"),
    is_ignored("range-colon-for-equals", "bytes:0-4"),
    is_ignored("range-space-before-equals", "bytes =0-4"),
    is_ignored("range-like-content-range", "bytes 0-4/1024"),
    is_ignored("range-empty-field", ""),
    is_ignored("range-empty-set", "bytes="),
    is_ignored("range-set-of-commas", "bytes=, ,"),
    is_ignored("range-letters", "bytes=abc"),
    is_ignored("range-hyphen-alone", "bytes=-"),
    is_ignored("range-two-hyphens", "bytes=--5"),
    is_ignored("range-one-number", "bytes=5"),
    is_ignored("range-three-numbers", "bytes=1-2-3"),
    is_ignored("range-negative-last", "bytes=0--4"),
    is_ignored("range-plus-sign", "bytes=+0-4"),
    is_ignored("range-hexadecimal", "bytes=0x0-0x4"),
    is_ignored("range-decimal-point", "bytes=0.0-4.0"),
    is_ignored("range-underscore", "bytes=0_0-1_0"),
    is_ignored("range-superscript-digit", "bytes=\xb2-4"),
    is_ignored("range-quoted", 'bytes="0-4"'),
    is_ignored("range-semicolon", "bytes=0-4;"),
    is_ignored("range-star", "bytes=*"),
    is_ignored("range-spaces-around-hyphen", "bytes=0 - 4"),
    is_ignored("range-space-after-hyphen", "bytes=0- 4"),
    is_ignored("range-space-in-suffix", "bytes=- 5"),
    is_ignored("range-second-equals", "bytes==0-4"),
    is_ignored("range-reversed", "bytes=9-0", section="14.1.1"),
    is_ignored("range-reversed-by-one", "bytes=1-0", section="14.1.1"),
    is_ignored("range-reversed-past-the-end", "bytes=6000-5000", section="14.1.1"),
    is_ignored("range-of-empty-malformed", "bytes=abc", of="empty"),
    # No number overflows; one longer than any file's is not worth the reading.
    is_ignored("range-last-of-twenty-digits", f"bytes=0-{'9' * 20}", section="14.1.2"),
    is_ignored("range-first-of-twenty-digits", f"bytes={'9' * 20}-", section="14.1.2"),
    is_ignored("range-suffix-of-twenty-digits", f"bytes=-{'9' * 20}", section="14.1.2"),
    is_ignored("range-last-of-5000-digits", f"bytes=0-{'9' * 5000}", section="14.1.2"),
    is_ignored("range-first-of-5000-digits", f"bytes={'9' * 5000}-", section="14.1.2"),
    is_ignored("range-suffix-of-5000-digits", f"bytes=-{'9' * 5000}", section="14.1.2"),
    # A suffix of nothing is satisfiable, but no Content-Range can say so.
    is_ignored("range-suffix-of-an-empty-file", "bytes=-5", section="14.1.2", of="empty"),
    # What cannot start in the middle, or does not know where it ends, is sent whole and says so.
    is_ignored("range-of-a-stream", "bytes=0-4", section="14.3", of="stream"),
    is_ignored("range-suffix-of-a-stream", "bytes=-5", section="14.3", of="stream"),
    is_ignored("range-past-the-end-of-a-stream", "bytes=5000-", section="14.3", of="stream"),
    is_ignored("range-of-a-pipe", "bytes=0-4", section="14.3", of="pipe"),
    is_ignored("range-past-the-end-of-a-pipe", "bytes=5000-", section="14.3", of="pipe"),
    is_ignored("range-of-unknown-size", "bytes=0-4", section="14.3", of="unsized"),
    Row(
        id="range-where-the-site-serves-none",
        section="14.3",
        asked={"Range": "bytes=0-4"},
        policy={"max_ranges": 0},
        fields={"Accept-Ranges": "none"},
    ),
]

ROWS = [*SELECTED, *UNSATISFIABLE, *IGNORED]
