"""A server that is asked to end finishes what it has been asked for."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from store import campaigns
from store.database import open_database
from store.settings import Settings
from tests.inference import house
from tests.ui.test_cli import FAKES

PATIENCE = 120  # seconds after which it counts as stuck


@pytest.mark.slow
def test_what_was_begun_when_it_is_asked_to_end_is_answered_and_kept(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from ui.cli import main; main()", "serve", "--port", "0"]
    environ = {**os.environ, **FAKES, "GLASBRUK_WORKSPACE": str(tmp_path)}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stdout is not None
    said = re.search(r":(\d+) ", process.stdout.readline())
    assert said is not None
    body = json.dumps({"brief": house.brief_data(), "n": 1}).encode()
    asked = ["Host: localhost", "Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close"]
    head = "\r\n".join(["POST /v1/copy HTTP/1.1", *asked, "Expect: 100-continue", "", ""])
    with socket.create_connection(("127.0.0.1", int(said[1])), timeout=PATIENCE) as asker:
        asker.sendall(head.encode())
        assert asker.recv(65_536).startswith(b"HTTP/1.1 100 ")  # so it has begun to read
        process.send_signal(signal.SIGTERM)
        asker.sendall(body)
        got = b""
        while chunk := asker.recv(65_536):
            got += chunk
    assert got.startswith(b"HTTP/1.1 200 ")
    process.wait(PATIENCE)
    answer = json.loads(got.partition(b"\r\n\r\n")[2])
    database = open_database(Settings(workspace=tmp_path))
    with database.read() as session:
        kept = campaigns.get(session, answer["campaign"]["id"])
    database.close()
    assert kept.finished_at is not None
    assert kept.written == sum(answer["counts"].values()) > 0
