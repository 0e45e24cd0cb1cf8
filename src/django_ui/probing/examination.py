"""All questions, in an order in which each answer helps to understand the next."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from downloadable.adapters.delegates import PresignedRedirect
from downloadable.django_ui.conf import delegates as delegates_of_settings
from downloadable.django_ui.probing.alone import Handing, django_alone, not_stored, storage_alone
from downloadable.django_ui.probing.asking import Django, Front, Unreachable
from downloadable.django_ui.probing.findings import Finding, failed, unknown
from downloadable.django_ui.probing.places import (
    AWKWARD,
    Marker,
    Place,
    is_unseen,
    placed,
    places_of,
    url_prefixes,
)
from downloadable.django_ui.probing.redirected import redirected
from downloadable.django_ui.probing.server import Met, met, server_alone, told_to
from downloadable.django_ui.probing.setup import Setup
from downloadable.django_ui.probing.together import all_together, running
from downloadable.ports import Delegate

__all__ = ["NoSuchPlace", "examine"]


class NoSuchPlace(ValueError):
    """Nothing of that name is handed over; the text says what is."""


def examine(
    front: Front | None = None, *, skip: Collection[str] = (), public: Collection[str] = ()
) -> Generator[Finding, None, None]:
    """
    Put a marker into each place that downloads come from, and ask everybody for it.

    Close the generator, if it is not exhausted, so that no marker is left.

    Args:
        front: The server in front; without one, only the storages and Django are asked.

        skip: Places to leave out: a storage by its alias, a directory by its path.

        public: Places whose files anybody may have, past Django.

    Raises:
        NoSuchPlace: If one of these is not there.
    """
    try:
        delegates = delegates_of_settings()
        django = Django(None if front is None else front.url)
    except (ImproperlyConfigured, ImportError) as error:
        yield failed(
            "Django", "", f"The settings cannot be used: {error}", "Django settings", "Correct them."
        )
        return
    if not delegates:
        yield nobody_named()
        return
    places, prefixes = places_of(delegates), url_prefixes(delegates)
    there = [place.root for place in places] + [prefix for prefix, _ in prefixes]
    left_out, for_anybody = named(skip, there), named(public, there)
    known = None if front is None else (yield from met(front, django))
    reached: list[str] = []
    for place in places:
        if place.root in left_out:
            continue
        if is_unseen(place, delegates):
            what = "Django is said not to see its files, so no marker can be put there from here."
            yield unknown("storage", str(place), what)
        else:
            one = Examination(django, delegates, front, known, reached)
            yield from one.of(place, public=place.root in for_anybody)
    for prefix, target in prefixes:
        if prefix not in left_out and not any(uri.startswith(target) for uri in reached):
            what = f"No storage of this project writes there, so {target} cannot be checked from here."
            yield unknown("together", prefix, what)


def nobody_named() -> Finding:
    rules = [name for name in ("DOWNLOADVIEW_RULES", "DOWNLOADVIEW_MIDDLEWARES") if hasattr(settings, name)]
    if rules:
        what = f"DOWNLOADABLE names no delegates, and {' and '.join(rules)} cannot be checked from here."
        mend = "Make DOWNLOADABLE['DELEGATES'] of them, and replace their middleware by DownloadMiddleware."
    else:
        what = "DOWNLOADABLE names no delegates, so Django sends all files itself."
        mend = "Name one in DOWNLOADABLE['DELEGATES']."
    return failed("Django", "", what, "Django settings", mend)


def named(given: Collection[str], there: Collection[str]) -> set[str]:
    """Return which of the places that are *there* are *given*, with or without a slash at the end."""
    by_name = {name.rstrip("/"): name for name in there}
    for name in given:
        if name.rstrip("/") not in by_name:
            raise NoSuchPlace(f"There is no place {name!r}, but {', '.join(map(repr, there))}.")
    return {by_name[name.rstrip("/")] for name in given}


class Examination:
    """
    What is asked about each place.

    Args:
        django: The site in this process.

        delegates: The site's.

        front: The server in front, if there is one to be asked.

        known: What it says of itself, if it answers.

        reached: Internal URIs that were asked for, to be added to.
    """

    def __init__(
        self,
        django: Django,
        delegates: Sequence[Delegate],
        front: Front | None,
        known: Met | None,
        reached: list[str],
    ) -> None:
        self._django, self._delegates = django, delegates
        self._front, self._known, self._reached = front, known, reached

    def of(self, place: Place, *, public: bool) -> Iterator[Finding]:
        marker: Marker | None = None
        try:
            with placed(place, AWKWARD) as marker:
                yield from self._with(marker, public=public)
        except Unreachable as error:
            mend = "See the log of the server in front; if it is only slow, give it more time: --timeout"
            yield failed("together", str(place), f"No whole answer came: {error}", "network", mend)
        except Exception as error:
            if marker is not None:
                raise
            yield not_stored(place, error)
        if marker is not None and marker.left:
            what = f"The marker {marker.name!r} could not be removed: {marker.left}."
            yield failed(
                "storage", str(place), what, "storage", "Remove it, and let Django delete files there."
            )

    def _with(self, marker: Marker, *, public: bool) -> Iterator[Finding]:
        stored = storage_alone(marker)
        yield stored
        if stored.verdict != "ok":
            return
        handing = yield from django_alone(marker, self._delegates, self._django)
        if handing is not None and self._front is not None and self._known is not None:
            yield from self._live(marker, handing, self._front, self._known, public=public)

    def _live(
        self, marker: Marker, handing: Handing, front: Front, known: Met, *, public: bool
    ) -> Iterator[Finding]:
        setup = Setup(marker=marker, handing=handing, front=front, met=known, django=self._django)
        if uri := told_to(handing):
            self._reached.append(uri)
        alive = running(setup)
        yield alive
        yield from server_alone(marker, handing, front, self._django, public=public)
        if alive.verdict != "ok":
            return
        if isinstance(handing.delegate, PresignedRedirect):
            yield from redirected(setup, front.follow, public=public)
        else:
            yield from all_together(setup)
