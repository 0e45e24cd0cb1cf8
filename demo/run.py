"""
Make the samples and serve the demo, until Ctrl-C.

``PORT``: where to listen, by default 8000. ``SERVER``: ``wsgi``, which is Django's server for development and the
default, ``gunicorn``, ``uvicorn`` or ``granian``. ``FRONT``: ``nginx``, ``apache``, ``lighttpd`` or ``caddy``, to have
that one listen there, with Django's server behind it. ``DEMO_BUCKET_URL``: a bucket of your own, in place of a store on
loopback; see ``buckets.py``.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    # A script finds what lies beside it; this one is part of a package.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

    from demo.starting import main

    main()
