"""What ``conftest.py`` gives to pages, for their types alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["create_tables", "run_tests_of_page", "serve_pages"]

create_tables: Callable[..., None]
run_tests_of_page: Callable[[], str]
serve_pages: Callable[..., Any]
