"""`transformers serve` with the small embedded model, as a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from inference import local_writer
from tests.embedded import model_cache

PATIENCE, PAUSE = 120, 0.2  # seconds until it must be up, and between two looks
COMMAND = "from transformers.cli.transformers import main; main()"


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str]]:
    """Its address and the model's name there. What it prints is in `folder`."""
    model = local_writer.locate("small", model_cache())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [
        sys.executable,
        "-c",
        COMMAND,
        "serve",
        model,
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--device",
        "cpu",
    ]
    offline = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **offline})
    try:
        _wait(f"http://127.0.0.1:{port}/health", process, folder / "serve.log")
        yield f"http://127.0.0.1:{port}/v1", model
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers."""
    for _ in range(int(PATIENCE / PAUSE)):
        with suppress(httpx.HTTPError):
            httpx.get(url, timeout=PATIENCE)
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(PAUSE)
            break
    raise AssertionError(log.read_text())
