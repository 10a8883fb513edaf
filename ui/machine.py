"""What the machine has: folders, ports, memory. For `glasbruk doctor`."""

import http.client
import socket
from pathlib import Path

PATIENCE = 2.0  # seconds that a server has to answer


def nearest_folder(path: Path) -> Path:
    """`path`, or the nearest thing above it that exists."""
    return next(place for place in (path, *path.parents) if place.exists())


def refused(host: str, port: int) -> str | None:
    """Why one cannot listen there, or None where one can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return None


def healthy(host: str, port: int) -> bool:
    """Whether our own server answers there."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def memory() -> int | None:
    """Bytes that can be had: what the kernel says is available, or the container's limit; None where nobody tells."""
    lines = dict(line.split(":", 1) for line in _read("/proc/meminfo").splitlines() if ":" in line)
    if "MemAvailable" not in lines:
        return None
    available = int(lines["MemAvailable"].split()[0]) * 1024
    limit = _read("/sys/fs/cgroup/memory.max").strip()
    return min(available, int(limit)) if limit.isdigit() else available


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
