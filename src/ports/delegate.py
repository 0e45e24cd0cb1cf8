"""Who else could send the bytes: the server in front, or the store itself."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from downloadable.domain.plan import Plan
from downloadable.ports.content import Content

__all__ = ["Delegate"]


@runtime_checkable
class Delegate(Protocol):
    """Answers one question: can the bytes be sent without us, and with which words."""

    @property
    def keeps_validators(self) -> bool:
        """Whether the client gets our ETag and Last-Modified; ``False`` if the sender puts its own in their place."""

    def hand_over(self, content: Content, offer: Plan) -> Plan | None:
        """
        Say how the sender is told what to send.

        Args:
            content: What is asked for, not looked at; its ``locations`` say where the bytes are.

            offer: The answer to a plain GET as far as it is known: disposition and type.

        Returns:
            The sender's *own* status and fields only, or ``None`` if it cannot send this.
        """
