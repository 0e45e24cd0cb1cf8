"""What assertions about responses have in common; nothing here needs Django's test tools."""

from __future__ import annotations

from typing import Any

from downloadable.domain import Disposition

__all__ = ["FrontServerValidator", "ResponseValidator"]


class ResponseValidator:
    """Asserts that a response is of a kind, and for each keyword what the method ``assert_<keyword>`` does."""

    kind: str

    def __call__(self, test_case: Any, response: Any, **assertions: Any) -> None:
        getattr(self, f"assert_{self.kind}")(test_case, response)
        for name, value in assertions.items():
            getattr(self, f"assert_{name}")(test_case, response, value)


class FrontServerValidator(ResponseValidator):
    """Asserts what a server in front is told."""

    field: str

    def assert_field(self, test_case: Any, response: Any) -> None:
        test_case.assertIn(self.field, response.headers, "Nobody else is told to send this.")
        test_case.assertEqual(response.status_code, 200)

    def assert_basename(self, test_case: Any, response: Any, value: str) -> None:
        test_case.assertEqual(self._disposition(test_case, response).filename, value)

    def assert_content_type(self, test_case: Any, response: Any, value: str) -> None:
        test_case.assertEqual(response.headers.get("Content-Type"), value)

    def assert_attachment(self, test_case: Any, response: Any, value: bool) -> None:
        kind = self._disposition(test_case, response).kind
        test_case.assertEqual(kind, "attachment" if value else "inline")

    def _disposition(self, test_case: Any, response: Any) -> Disposition:
        stated = response.headers.get("Content-Disposition", "")
        disposition = Disposition.parse(stated)
        test_case.assertIsNotNone(disposition, f"Content-Disposition is {stated!r}.")
        return disposition or Disposition("")
