"""The conformance table in the order in which a reader would look something up."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from tests.conformance import (
    table_conditions,
    table_if_range,
    table_measured,
    table_names,
    table_range_sets,
    table_ranges,
    table_representation,
)
from tests.conformance.rows import Row

__all__ = ["TOPICS", "Topic"]


@frozen
class Topic:
    """
    Rows that belong together.

    Args:
        title: What they are about.

        says: The rule that they have in common, in a sentence.

        rows: The rows.
    """

    title: str
    says: str
    rows: Sequence[Row]


TOPICS: Sequence[Topic] = (
    Topic(
        "Each sample, plainly",
        "GET sends the content, HEAD the same fields without it.",
        table_representation.EACH_SAMPLE,
    ),
    Topic(
        "If-Match",
        "The client wants one version only: the tags are compared strongly, and 412 says that it is another.",
        table_conditions.IF_MATCH,
    ),
    Topic(
        "If-Unmodified-Since",
        "The same by the date, where there is no If-Match.",
        table_conditions.IF_UNMODIFIED_SINCE,
    ),
    Topic(
        "If-None-Match",
        "The client has versions already: the tags are compared weakly, and 304 says that it has this one.",
        table_conditions.IF_NONE_MATCH,
    ),
    Topic(
        "If-Modified-Since",
        "The same by the date, where there is no If-None-Match. What is no date is no condition.",
        table_conditions.IF_MODIFIED_SINCE,
    ),
    Topic(
        "Several conditions at once",
        "Their order is laid down: what the client may have comes before what it has, tags come before dates, and "
        "all of them before Range.",
        table_conditions.ORDER,
    ),
    Topic(
        "Dates that are sent",
        "In one format, in GMT, and never in the future.",
        table_conditions.OTHERS,
    ),
    Topic("One range", "206 sends exactly those bytes, as far as they exist.", table_ranges.SELECTED),
    Topic("Ranges of nothing", "416 says how long the file is.", table_ranges.UNSATISFIABLE),
    Topic(
        "Ranges that are ignored",
        "What cannot be understood, or not be served, is answered with the whole file.",
        table_ranges.IGNORED,
    ),
    Topic(
        "Several ranges",
        "Each is a part of its own, in the order asked for.",
        table_range_sets.MULTIPART,
    ),
    Topic(
        "Several ranges that come down to one",
        "What overlaps or touches is joined, and one range is sent as one.",
        table_range_sets.ONE_PART,
    ),
    Topic(
        "Several ranges that are not served",
        "No answer is longer than the file.",
        table_range_sets.NOT_SERVED,
    ),
    Topic("Several ranges, as the site likes", "A policy may allow fewer.", table_range_sets.OTHERS),
    Topic(
        "If-Range",
        "The range if it is of the version that the client has, else the whole file.",
        table_if_range.ROWS,
    ),
    Topic("Media types", "Told by the site, by the owner, or by the name.", table_representation.TYPES),
    Topic(
        "Content codings",
        "A compressed file is not a coding of what is in it.",
        table_representation.CODINGS,
    ),
    Topic(
        "Caching and sniffing",
        "What the policy says goes out with every answer that a cache may keep.",
        table_representation.CACHING,
    ),
    Topic(
        "A site that shows no validators",
        "What nobody was told, nobody can have kept.",
        table_representation.WITHOUT_VALIDATORS,
    ),
    Topic(
        "A site that knows whether it has changed",
        "Its word replaces the comparison of dates, and nothing else.",
        table_representation.SITE_SAYS,
    ),
    Topic(
        "Names in one alphabet",
        "Quoted where that says what is meant.",
        table_names.PLAIN,
    ),
    Topic("Names with paths", "Only the last segment is sent.", table_names.PATHS),
    Topic(
        "Names with what nobody sees",
        "Control characters and what turns text around are dropped.",
        table_names.UNSEEN,
    ),
    Topic(
        "Names in all alphabets",
        "Said twice: once as far as ASCII goes, and once encoded.",
        table_names.EXTENDED,
    ),
    Topic(
        "Names that some systems mind", "Made harmless, unless the site says otherwise.", table_names.HARMLESS
    ),
    Topic("Names that the site gives", "They go before the file's own.", table_names.BASENAMES),
    Topic(
        "What is shown",
        "Inline only what cannot run scripts, and confined; whatever else is saved.",
        table_names.INLINE,
    ),
    Topic("Other methods", "A view answers GET, HEAD and OPTIONS.", table_representation.VIEW),
    Topic(
        "What others were measured by",
        "Requests that servers and frameworks in use were once asked; none of them passed every row.",
        table_measured.ROWS,
    ),
)
