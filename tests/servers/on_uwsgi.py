"""
Runs Debian's uWSGI, beside whatever Python runs this.

Its Python is Debian's, and may be another version: it is shown where ours has its packages, of which a site needs none
that is compiled for one version only.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = "uwsgi"

# An editable install is found by a hook that only site runs, so the package is shown by its link.
SHOWN = (ROOT, ROOT / ".ci/typing", Path(sysconfig.get_path("purelib")))

if __name__ == "__main__":
    paths = [f"--pythonpath={path}" for path in SHOWN]
    os.execvp(PROGRAM, [PROGRAM, "--plugins=python3", *paths, *sys.argv[1:]])
