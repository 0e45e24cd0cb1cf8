"""Several ranges in one request: multipart/byteranges and its limits (RFC 9110, 14.2, 14.6 and 17.15)."""

from __future__ import annotations

from tests.conformance.rows import Part, Row

__all__ = ["ROWS"]


def selects(
    id: str, range_set: str, *parts: Part, section: str = "14.6", of: str = "notes", max_ranges: int = 16
) -> Row:
    return Row(
        id=id,
        section=section,
        of=of,
        asked={"Range": f"bytes={range_set}"},
        policy={"max_ranges": max_ranges},
        status=206,
        parts=parts,
    )


def is_ignored(id: str, range_set: str, section: str, of: str = "notes", max_ranges: int = 16) -> Row:
    return Row(
        id=id,
        section=section,
        of=of,
        asked={"Range": f"bytes={range_set}"},
        policy={"max_ranges": max_ranges},
    )


def every_tenth(count: int) -> list[Part]:
    """Make *count* parts of one byte that do not touch."""
    return [(start, start + 1) for start in range(0, 10 * count, 10)]


def spelt(parts: list[Part]) -> str:
    return ",".join(f"{start}-{stop - 1}" for start, stop in parts)


MULTIPART = [
    selects("set-of-two", "0-9,20-29", (0, 10), (20, 30)),
    selects("set-with-spaces", "0-9 , 20-29", (0, 10), (20, 30)),
    selects("set-with-tab", "0-9,\t20-29", (0, 10), (20, 30)),
    selects("set-of-three", "0-0,512-515,-1", (0, 1), (512, 516), (1023, 1024)),
    selects("set-of-first-and-last", "0-0,-1", (0, 1), (1023, 1024), section="14.1.2"),
    selects("set-of-middle-and-rest", "100-109,1000-", (100, 110), (1000, 1024)),
    # "SHOULD send the parts in the same order that the corresponding range-spec appeared"
    selects("set-out-of-order", "20-29,0-9", (20, 30), (0, 10), section="15.3.7.2"),
    selects("set-last-before-first", "-1,0-0", (1023, 1024), (0, 1), section="15.3.7.2"),
    selects("set-with-empty-elements", "0-9,,20-29,", (0, 10), (20, 30), section="5.6.1.2"),
    selects("set-without-what-is-not-there", "0-9,5000-5001,20-29", (0, 10), (20, 30), section="15.3.7.2"),
    selects("set-without-empty-suffix", "0-9,-0,20-29", (0, 10), (20, 30), section="15.3.7.2"),
    selects("set-of-neighbours-with-a-gap", "0-9,11-19", (0, 10), (11, 20), section="15.3.7.2"),
    selects("set-past-the-end", "0-9,1020-5000", (0, 10), (1020, 1024)),
    selects(
        "set-with-one-group-joined",
        "500-509,0-9,505-519",
        (500, 520),
        (0, 10),
        section="15.3.7.2",
    ),
    selects(
        "set-with-one-group-joined-backwards",
        "505-519,0-9,500-509",
        (500, 520),
        (0, 10),
        section="15.3.7.2",
    ),
    selects("set-of-bare", "0-9,20-29", (0, 10), (20, 30), of="bare"),
    selects("set-of-weakly-tagged", "0-9,20-29", (0, 10), (20, 30), of="weak"),
    selects("set-of-a-film", "0-9999,20000-29999", (0, 10_000), (20_000, 30_000), of="film"),
    selects("set-of-sixteen", spelt(every_tenth(16)), *every_tenth(16), section="17.15", of="film"),
    selects(
        "set-of-sixteen-backwards",
        spelt(every_tenth(16)[::-1]),
        *every_tenth(16)[::-1],
        section="15.3.7.2",
        of="film",
    ),
    selects(
        "set-of-sixteen-and-empty-elements",
        f",,{spelt(every_tenth(16))},,",
        *every_tenth(16),
        section="5.6.1.2",
        of="film",
    ),
    selects("set-as-long-as-the-site-allows", "0-9,20-29", (0, 10), (20, 30), section="17.15", max_ranges=2),
    # The body, framing included, has 1,023 bytes: one fewer than the whole.
    selects("set-one-byte-shorter-than-the-file", "0-399,600-984", (0, 400), (600, 985), section="17.15"),
]

ONE_PART = [
    # "MUST NOT generate a multipart response to a request for a single range"; what comes down to one is sent as one.
    selects("set-of-one-that-is-there", "0-9,5000-", (0, 10), section="15.3.7.2"),
    selects("set-of-one-that-is-there-last", "5000-,-10", (1014, 1024), section="15.3.7.2"),
    selects("set-of-overlapping", "0-99,50-149", (0, 150), section="15.3.7.2"),
    selects("set-of-touching", "0-9,10-19", (0, 20), section="15.3.7.2"),
    selects("set-of-touching-backwards", "10-19,0-9", (0, 20), section="15.3.7.2"),
    selects("set-of-the-same-twice", "0-9,0-9", (0, 10), section="15.3.7.2"),
    selects("set-of-one-within-another", "0-99,10-19", (0, 100), section="15.3.7.2"),
    selects("set-joined-by-the-third", "0-9,20-29,5-24", (0, 30), section="15.3.7.2"),
    selects("set-of-halves", "0-511,512-1023", (0, 1024), section="15.3.7.2"),
    selects("set-of-overlapping-as-long-as-the-file", "0-511,256-767", (0, 768), section="14.2"),
]

NOT_SERVED = [
    Row(id="set-of-nothing", section="15.5.17", asked={"Range": "bytes=2000-,3000-3001"}, status=416),
    Row(id="set-of-empty-suffixes", section="15.5.17", asked={"Range": "bytes=-0,-0"}, status=416),
    Row(
        id="set-of-an-empty-file", section="15.5.17", of="empty", asked={"Range": "bytes=0-0,1-1"}, status=416
    ),
    is_ignored("set-with-one-malformed", "0-4,abc", section="14.2"),
    is_ignored("set-with-one-reversed", "0-4,9-5", section="14.1.1"),
    is_ignored("set-with-spaces-for-commas", "0-4 10-14", section="14.2"),
    is_ignored("set-with-semicolons", "0-4;10-14", section="14.2"),
    is_ignored("set-with-a-second-unit", "0-4,bytes=10-14", section="14.2"),
    is_ignored("set-with-a-suffix-of-an-empty-file", "-5,0-", section="14.1.2", of="empty"),
    # More bytes than the file has: overlapping on purpose.
    is_ignored("set-of-the-whole-twice", "0-,0-", section="17.15"),
    is_ignored("set-longer-than-the-file-by-one", "0-511,511-1023", section="17.15"),
    is_ignored("set-of-sixteen-wholes", ",".join(["0-"] * 16), section="17.15", of="film"),
    is_ignored("set-of-fifty-wholes", ",".join(["0-"] * 50), section="17.15", of="film"),
    # Parts and framing together are no shorter than the whole, so the whole is sent.
    is_ignored("set-that-framing-makes-as-long-as-the-file", "0-399,600-985", section="17.15"),
    is_ignored("set-that-framing-makes-longer-than-the-file", "0-499,501-1000", section="17.15"),
    is_ignored("set-of-sixteen-of-a-small-file", spelt(every_tenth(16)), section="17.15"),
    is_ignored("set-of-two-of-one-byte", "0-0,0-0", section="17.15", of="byte"),
    is_ignored("set-of-seventeen", spelt(every_tenth(17)), section="17.15", of="film"),
    is_ignored("set-of-three-hundred", spelt(every_tenth(300)), section="17.15", of="film"),
    is_ignored(
        "set-of-seventeen-not-all-there", f"{spelt(every_tenth(16))},99999-", section="17.15", of="film"
    ),
    is_ignored("set-of-seventeen-that-touch", ",".join(f"{n}-{n}" for n in range(17)), "17.15", of="film"),
    is_ignored("set-longer-than-the-site-allows", "0-9,20-29,40-49", section="17.15", max_ranges=2),
    is_ignored("set-where-the-site-allows-one", "0-9,20-29", section="17.15", max_ranges=1),
    # Content-Encoding would speak of the framing, not of the parts.
    is_ignored("set-of-encoded", "0-9,20-29", section="8.4", of="gzipped"),
    is_ignored("set-of-a-stream", "0-9,20-29", section="14.3", of="stream"),
    is_ignored("set-of-a-pipe", "0-9,20-29", section="14.3", of="pipe"),
    is_ignored("set-of-unknown-size", "0-9,20-29", section="14.3", of="unsized"),
]

OTHERS = [
    Row(
        id="single-range-where-the-site-allows-one",
        section="17.15",
        asked={"Range": "bytes=0-9"},
        policy={"max_ranges": 1},
        status=206,
        parts=((0, 10),),
    ),
    # Each part says the type of the whole, with its charset.
    Row(
        id="set-of-text-with-charset",
        section="15.3.7.2",
        asked={"Range": "bytes=0-9,20-29"},
        policy={"charset": "utf-8"},
        status=206,
        fields={"Content-Type": "text/plain; charset=utf-8"},
        parts=((0, 10), (20, 30)),
    ),
]

ROWS = [*MULTIPART, *ONE_PART, *NOT_SERVED, *OTHERS]
