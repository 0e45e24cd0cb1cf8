"""File wrappers."""

from downloadable.adapters.wrappers import HTTPFile, StorageFile, VirtualFile

__all__ = ["HTTPFile", "StorageFile", "VirtualFile"]
