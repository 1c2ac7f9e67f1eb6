"""What monitors and load balancers ask (§7.1 系统监控): is the process alive, may it take visitors."""

import threading

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from hall.support.operations import health
from hall.support.operations.health import Check, Readiness

# A database that hangs, instead of being gone, must not hang the monitor's question too.
PATIENCE_SECONDS = 3.0
_asking = threading.BoundedSemaphore(2)
_SILENT = Readiness(
    is_ready=False,
    checks=(Check("database", False, "no answer in time"), Check("worker", False, "unknown without the database")),
)


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Always 200 while the process answers. No SQL."""
    return JsonResponse({"status": "alive", "version": health.liveness().version})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when database, worker and disk are good, else 503; each check with its note. Answers within seconds, whatever happens."""
    found = readiness_in_time(PATIENCE_SECONDS)
    checks = {check.name: {"is_good": check.is_good, "note": check.note} for check in found.checks}
    body = {"status": "ready" if found.is_ready else "not ready", "checks": checks}
    return JsonResponse(body, status=200 if found.is_ready else 503)


def readiness_in_time(seconds: float) -> Readiness:
    """`health.readiness`, given up after some seconds. At most two questions are open at a time."""
    if not _asking.acquire(timeout=seconds):
        return _SILENT
    answers: list[Readiness] = []

    def ask() -> None:
        try:
            answers.append(health.readiness())
        finally:
            connection.close()
            _asking.release()

    # A daemon: a question that hangs for ever does not keep the process from stopping.
    thread = threading.Thread(target=ask, name="readiness", daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else _SILENT
