"""The settings of the site, and a file for the line that each download leaves in the log."""

import json
import logging
import os

from tests.servers.site.settings import *  # noqa: F403


class Fields(logging.Formatter):
    """Writes some of the fields of a line as JSON, as formatters of projects do."""

    def format(self, record: logging.LogRecord) -> str:
        names = ("method", "status_code", "outcome", "bytes_sent", "ranges", "delegate", "counts_as_download")
        return json.dumps({name: getattr(record, name) for name in names})


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"fields": {"()": Fields}},
    "handlers": {
        "file": {
            "class": "logging.FileHandler",
            "filename": os.environ["OBSERVED_LOG"],
            "formatter": "fields",
        }
    },
    "loggers": {"downloadable.served": {"handlers": ["file"], "level": "INFO"}},
}
