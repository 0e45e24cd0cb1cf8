"""The conformance table: every row of it holds, however the content is served."""

from __future__ import annotations

from collections.abc import Mapping

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

__all__ = ["BY_ID", "ROWS", "SERVED"]

ROWS: tuple[Row, ...] = (
    *table_measured.ROWS,
    *table_representation.ROWS,
    *table_names.ROWS,
    *table_conditions.ROWS,
    *table_ranges.ROWS,
    *table_range_sets.ROWS,
    *table_if_range.ROWS,
)

BY_ID: Mapping[str, Row] = {row.id: row for row in ROWS}

SERVED: tuple[Row, ...] = tuple(row for row in ROWS if row.now is None)
"""All but the few that need a clock of their own, which no server has."""
