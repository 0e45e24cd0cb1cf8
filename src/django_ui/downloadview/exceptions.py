"""What is raised where there is no file."""

from downloadable.domain import ContentNotFound as FileNotFound

__all__ = ["FileNotFound"]
