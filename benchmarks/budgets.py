"""What each download may cost: the budgets, and whether what was measured is within them."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from benchmarks.figures import OURS, Figures

__all__ = ["BUDGETS", "Budget", "Judged"]


@frozen
class Budget:
    """
    What one figure of one case may be.

    Args:
        case: As the case is called where it is measured.

        figure: What is measured, and in what unit.

        limit: The most, in that unit; or the most times what *than* has.

        than: Who else answers the same; ``None`` if the limit is absolute.

        at_least: Whether the limit is the least instead.

        than_case: The case to compare with, if it is another one.

        who: Whose figure it is.
    """

    case: str
    figure: str
    limit: float
    than: str | None = None
    at_least: bool = field(default=False, kw_only=True)
    than_case: str | None = field(default=None, kw_only=True)
    who: str = field(default=OURS, kw_only=True)

    def __str__(self) -> str:
        other = self.than_case if self.than == self.who else self.than
        sign = ">=" if self.at_least else "<="
        return f"{sign} {self.limit:g}" + (f" x {other}" if other else "")

    def judge(self, figures: Figures) -> Judged:
        value = figures.of(self.case, self.who, self.figure)
        base = 1.0 if self.than is None else figures.of(self.than_case or self.case, self.than, self.figure)
        if value is None or base is None:
            return Judged(self, value, None)
        if self.than is None:
            return Judged(self, value, value)
        # Nothing at all is within any limit of it, and above each.
        return Judged(self, value, value / base if base else (float("inf") if value else 0.0))


@frozen
class Judged:
    """
    A budget, and what was measured.

    Args:
        value: What it is; ``None`` if it was not measured.

        reached: What is held against the limit: the same, or times what another has.
    """

    budget: Budget
    value: float | None
    reached: float | None

    @property
    def verdict(self) -> str:
        if self.reached is None:
            return "not measured"
        limit = self.budget.limit
        met = self.reached >= limit if self.budget.at_least else self.reached <= limit
        return "met" if met else "missed"

    def row(self) -> dict[str, Any]:
        """Return it for JSON."""
        budget = self.budget
        return {
            "case": budget.case,
            "figure": budget.figure,
            "who": budget.who,
            "budget": str(budget),
            "value": self.value,
            "reached": self.reached,
            "verdict": self.verdict,
        }


GET, AGAIN, NOT_MODIFIED, ACCELERATED, ASGI_GET = (
    "4 KiB, WSGI",
    "4 KiB each once, WSGI",
    "304, WSGI",
    "X-Accel-Redirect, WSGI",
    "4 KiB, ASGI",
)
OVER = "us over floor"
CPU, RATE, GROWTH, FIRST, LATENCY = "CPU s/GiB", "MiB/s", "growth MiB", "first byte ms", "ms"
REQUESTS = "requests"

BUDGETS = (
    # One small file in process, beyond what the emptiest view of Django costs.
    Budget(GET, OVER, 1.0, "FileResponse"),
    Budget(GET, OVER, 2.0, "FileResponse", who="PathDownloadView"),
    Budget(AGAIN, OVER, 1.0, "FileResponse"),
    # Microseconds are those of one machine; what they were to a peer's there holds for each.
    Budget(NOT_MODIFIED, OVER, 10.0),
    Budget(NOT_MODIFIED, OVER, 0.47, "static.serve"),
    Budget(ASGI_GET, OVER, 60.0),
    Budget(ASGI_GET, OVER, 0.3, "FileResponse"),
    Budget(ACCELERATED, OVER, 15.0),
    Budget(ACCELERATED, OVER, 0.2, "downloadview"),
    Budget(ACCELERATED, OVER, 0.34, "sendfile2"),
    # 1 GiB.
    Budget("whole, gunicorn", CPU, 1.0, "nginx"),
    Budget("whole, gunicorn", GROWTH, 2.0),
    Budget("half, gunicorn", CPU, 1.0, "nginx"),
    Budget("half, gunicorn", GROWTH, 2.0),
    Budget("whole, gunicorn without sendfile", RATE, 5.0, "FileResponse", at_least=True),
    Budget("whole, gunicorn without sendfile", CPU, 0.2, "FileResponse"),
    Budget("whole, uvicorn", CPU, 1.1, "nginx"),
    Budget("whole, uvicorn", CPU, 0.5, "Starlette"),
    Budget("whole, uvicorn", RATE, 3.0, "Starlette", at_least=True),
    Budget("whole, uvicorn", GROWTH, 2.0),
    Budget("whole, uvicorn", FIRST, 1.5, "Starlette"),
    Budget("whole, granian", CPU, 1.0, "nginx"),
    # 1 MiB of it.
    Budget("1 MiB in the middle, gunicorn", LATENCY, 2.0, "nginx"),
    Budget("1 MiB at the end, gunicorn", LATENCY, 1.25, OURS, than_case="1 MiB at the start, gunicorn"),
    Budget("1 MiB in the middle, uvicorn", LATENCY, 3.0, "nginx"),
    Budget("1 MiB at the end, uvicorn", LATENCY, 1.25, OURS, than_case="1 MiB at the start, uvicorn"),
    # What another server has.
    Budget("proxied, gunicorn", RATE, 0.9, "nginx", at_least=True),
    Budget("proxied, gunicorn", GROWTH, 2.0),
    Budget("proxied, uvicorn", RATE, 0.6, "nginx", at_least=True),
    Budget("proxied, uvicorn", GROWTH, 2.0),
    Budget("proxied, gunicorn", REQUESTS, 1),
    Budget("proxied range, gunicorn", REQUESTS, 1),
    Budget("proxied 304, gunicorn", REQUESTS, 1),
    Budget("handed over, gunicorn", REQUESTS, 0),
    # An object of a store.
    Budget("object, gunicorn", RATE, 0.75, "the store", at_least=True),
    Budget("object, gunicorn", FIRST, 1.5, "the store"),
    Budget("object, gunicorn", GROWTH, 4.0),
    Budget("object, uvicorn", RATE, 0.75, "the store", at_least=True),
    Budget("object, uvicorn", FIRST, 1.5, "the store"),
    Budget("object, uvicorn", GROWTH, 4.0),
    Budget("object, gunicorn", REQUESTS, 1),
    Budget("redirected to an object, gunicorn", REQUESTS, 0),
    Budget("304 of a row, gunicorn", REQUESTS, 0),
    # Readers of 200 KiB/s.
    Budget("50 slow readers, uvicorn", GROWTH, 1.0, "Starlette"),
    Budget("50 slow readers, uvicorn", "tiny view p99 ms", 1.0, "Starlette"),
    Budget("1,000 slow readers, uvicorn", "growth KiB a reader", 1.1, "async view"),
    # What is made while it is sent.
    Budget("generated, gunicorn", RATE, 1.0, "StreamingHttpResponse", at_least=True),
    Budget("generated, uvicorn", RATE, 0.8, "async generator", at_least=True),
    # Once a process.
    Budget("import of the views", LATENCY, 25.0),
    Budget("import of the views", "unneeded packages", 0),
)
