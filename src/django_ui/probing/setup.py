"""What is asked about one marker, and whom to blame."""

from __future__ import annotations

from attrs import frozen

from downloadable.adapters.delegating import FrontServer
from downloadable.django_ui.probing.advice import Advice, advice_for
from downloadable.django_ui.probing.alone import Handing
from downloadable.django_ui.probing.asking import Django, Front
from downloadable.django_ui.probing.findings import Culprit, Finding, failed, right
from downloadable.django_ui.probing.places import Marker
from downloadable.django_ui.probing.server import Met

__all__ = ["Setup"]


@frozen(kw_only=True)
class Setup:
    """
    One marker, and all who take part in sending it.

    Args:
        met: What the server in front says of itself.
    """

    marker: Marker
    handing: Handing
    front: Front
    met: Met
    django: Django

    @property
    def where(self) -> str:
        return str(self.marker.place)

    @property
    def advice(self) -> Advice:
        return advice_for(self.handing.delegate)

    @property
    def name(self) -> str:
        """What to call the server in front."""
        return self.met.name or self.advice.name

    @property
    def field(self) -> str:
        """The field by which Django hands over; empty if there is none of its own."""
        delegate = self.handing.delegate
        return delegate.field if isinstance(delegate, FrontServer) else next(iter(self.handing.fields), "")

    @property
    def serving(self) -> str:
        """The line that makes the server find the file."""
        fetches = "://" in self.handing.here and self.advice.fetch
        return self.line(self.advice.fetch if fetches else self.advice.serve)

    @property
    def another(self) -> Advice | None:
        """The server that answers, if it is another than Django speaks to."""
        other = self.met.recognised
        return None if other is None or self.advice.delegate in ("", other.delegate) else other

    def fails(self, what: str, culprit: Culprit, mend: str) -> Finding:
        """Blame *culprit*; but if another server answers than Django speaks to, the settings."""
        other = self.another
        if culprit == "server" and other is not None:
            what = f"{what} Django speaks to {self.advice.name}, but {self.met.name} answers."
            mend = f"Use the delegate {other.delegate} in DOWNLOADABLE."
            return failed("together", self.where, what, "Django settings", mend)
        if culprit == "server":
            mend = "; ".join(filter(None, [mend.removesuffix("."), self.advice.whole]))
        return failed("together", self.where, what, culprit, mend)

    def passes(self, what: str) -> Finding:
        return right("together", self.where, what)

    def line(self, template: str) -> str:
        return template.format(here=self.handing.here, there=self.handing.there)
