"""``assert_download``: says in one block all in which a response is not the download that a test expects."""

from downloadable.django_ui.asserting.expected import assert_download

__all__ = ["assert_download"]
