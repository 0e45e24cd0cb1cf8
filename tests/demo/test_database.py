"""The library keeps its rows in whatever database a URL names."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_database_by_url(tmp_path: Path) -> None:
    """With ``DATABASE_URL``, all tables are made there, and none where the demo keeps them by itself."""
    database = tmp_path / "elsewhere.sqlite3"
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": f"sqlite:///{database}",
            "DEMO_VAR": str(tmp_path / "var"),
            "DJANGO_SETTINGS_MODULE": "demo.settings",
            "PYTHONPATH": str(ROOT),
        },
        check=True,
    )
    with sqlite3.connect(database) as connection:
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    connection.close()
    assert {"demo_document", "auth_user"} <= tables
    assert not (tmp_path / "var" / "db.sqlite3").exists()
