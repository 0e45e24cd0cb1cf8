"""Questions that prove a set-up from end to end, and who is to blame if an answer is wrong."""

from downloadable.django_ui.probing.asking import Front
from downloadable.django_ui.probing.examination import NoSuchPlace, examine
from downloadable.django_ui.probing.findings import Culprit, Finding, Part, Verdict

__all__ = ["Culprit", "Finding", "Front", "NoSuchPlace", "Part", "Verdict", "examine"]
