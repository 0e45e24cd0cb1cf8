"""Serve downloadable files from Django."""

__version__ = "0.1.0"
