"""The same files by Starlette, without Django."""
