"""What Prometheus may read: how many requests, how long they took, how much was written; nothing of what was sent."""

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

SECONDS = (0.005, 0.02, 0.1, 0.5, 2, 10, 30, 60, 120, 300)  # from a look at the store to a campaign on a processor


class Metrics:
    """The metrics of one app, in a registry of its own, so that two apps in one process do not count together."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self._requests = Counter("glasbruk_requests", "Requests answered.", names, registry=self.registry)
        self._seconds = Histogram(
            "glasbruk_request_seconds",
            "Seconds from a request to the end of its answer.",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._written = Counter(
            "glasbruk_variants_written", "Variants written for requests and batches.", registry=self.registry
        )

    def answered(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """Count a request. `route` is the declared one, so that there are few; None where no endpoint was reached."""
        self._requests.labels(method, route or "none", str(status)).inc()
        self._seconds.labels(route or "none").observe(seconds)

    def wrote(self, variants: int) -> None:
        """Count what was written."""
        self._written.inc(variants)


def metrics(request: Request) -> Response:
    """The metrics in Prometheus' text format."""
    counted: Metrics = request.app.state.service.metrics
    return Response(generate_latest(counted.registry), media_type=CONTENT_TYPE_LATEST)
