"""A Django project that serves a download from every kind of source: ``make demo``."""
