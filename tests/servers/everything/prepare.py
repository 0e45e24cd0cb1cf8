"""Make the database of the site, with a row for each file; a program, since it is the site's own Django that does."""

from __future__ import annotations

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.servers.everything.settings"


def main() -> None:
    """Make it."""
    django.setup()
    from django.db import connection

    from tests.models import Document
    from tests.servers.everything.settings import FILES

    with connection.schema_editor() as editor:
        editor.create_model(Document)
    for path in FILES.glob("*.bin"):
        Document.objects.create(slug=path.name, file=path.name, length=path.stat().st_size)


if __name__ == "__main__":
    main()
