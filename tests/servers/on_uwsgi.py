"""Runs uWSGI, whose own program is beside Python's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    program = Path(sys.executable).with_name("uwsgi")
    os.execv(program, [str(program), *sys.argv[1:]])
