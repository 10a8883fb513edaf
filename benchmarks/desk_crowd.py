"""Many reviewers at one desk, served by the command in a process of its own: what is kept of what they were told."""

import asyncio
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from store.database import Database
from store.matching import in_force
from store.settings import Settings
from store.tables import DecisionRow

CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-gpu"]
PATIENCE = 60_000  # milliseconds for anything to appear
READING = (0.2, 1.0)  # seconds that a caller looks at a variant, which is quicker than anybody reads
LATE = 5_000  # milliseconds until a reviewer presses again
AHEAD = 40  # of how many pending variants each takes one: so that some meet at the same


@dataclass
class Told:
    """What the reviewers were told."""

    stored: list[tuple[int, str]] = field(default_factory=list)
    """Variant and reviewer of each decision that was answered as stored."""
    seconds: list[float] = field(default_factory=list)
    """Of each answer over the API."""
    seen: int = 0
    """Of those stored, how many by browsers."""
    beaten: int = 0
    """How often somebody else was first."""


def measure(settings: Settings, database: Database, seconds: float, reviewers: int, browsers: int) -> dict[str, float]:
    """A cold start until a variant is on the screen, then a crowd for so many seconds."""
    return asyncio.run(_measure(settings, database, seconds, reviewers, browsers))


async def _measure(
    settings: Settings, database: Database, seconds: float, reviewers: int, browsers: int
) -> dict[str, float]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page()  # the browser is there already, as a reviewer's is
        began = time.perf_counter()
        with served(settings) as url:
            await _opened(page, url)
            numbers = {"first_screen_s": time.perf_counter() - began}
            told = Told()
            pages = [page, *[await browser.new_page() for _ in range(browsers - 1)]][:browsers]
            end = time.perf_counter() + seconds
            sitting = [_sit(one, url, f"browser {n}", end, told) for n, one in enumerate(pages)]
            calling = [_call(url, f"caller {n}", end, told, Random(n)) for n in range(reviewers - browsers)]
            await asyncio.gather(*sitting, *calling)
        await browser.close()
    return numbers | counted(database, told) | _rates(told, seconds)


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The desk as `glasbruk desk` serves it, with these settings; gives its address."""
    names = {
        "GLASBRUK_WORKSPACE": str(settings.workspace),
        "GLASBRUK_WRITER__KIND": settings.writer.kind,
        "GLASBRUK_SCORER__KIND": settings.scorer.kind,
        "GLASBRUK_WRITER__MODEL": settings.writer.model,
    }
    command = [sys.executable, "-c", "from ui.cli import main; main()", "desk", "--port", "0"]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, env=os.environ | names, cwd=root, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            found = re.search(r"http://[^ ]+", line)
            if not found:
                raise SystemExit(f"the desk has not begun: {line}")
            yield found.group()
        finally:
            server.send_signal(signal.SIGTERM)


async def _opened(page: Any, url: str) -> None:
    page.set_default_timeout(PATIENCE)
    await page.goto(url)
    await page.locator("#card .card").wait_for()


async def _sit(page: Any, url: str, name: str, end: float, told: Told) -> None:
    """Approve one after another by key, and believe what the page says."""
    await _opened(page, url)
    who = page.locator("#reviewer input, #reviewer textarea")
    await who.fill(name)
    await who.blur()
    while time.perf_counter() < end:
        variant = await page.locator("#card .card").get_attribute("data-id") or ""
        taken = page.locator(".notice-wrong").or_(page.locator("#approve:disabled"))
        if await taken.count():  # somebody else was first, before or while it came up
            await _moved(page, "j", variant)
        elif await _moved(page, "a", variant):
            decided = re.search(r"Approved: #(\d+)", await page.locator("#notice").inner_text())
            told.stored += [(int(decided.group(1)), name)] if decided else []
            told.seen += bool(decided)
        else:
            told.beaten += 1


async def _moved(page: Any, key: str, variant: str) -> bool:
    """Press a key; whether another variant than this one is then open, in good time, and not a refusal."""
    from playwright.async_api import TimeoutError as Late

    await page.keyboard.press(key)
    try:
        another = page.locator(f"#card .card:not([data-id='{variant}'])")
        refused = page.locator("#notice .notice-wrong") if key == "a" else another
        await another.or_(refused).first.wait_for(timeout=LATE)
    except Late:
        return False
    return bool(await another.count())


async def _call(url: str, name: str, end: float, told: Told, draw: Random) -> None:
    """Approve or reject over the API, each time one of the first that are pending."""
    import httpx

    async with httpx.AsyncClient(base_url=url, timeout=None) as client:
        while time.perf_counter() < end:
            asked: dict[str, str | int] = {"state": "pending", "order": "id", "limit": AHEAD}
            waiting = (await client.get("/v1/variants", params=asked)).raise_for_status().json()["variants"]
            if not waiting:
                return
            variant = draw.choice(waiting)["variant"]["id"]
            await asyncio.sleep(draw.uniform(*READING))
            word = {"kind": draw.choice(["approve", "reject"]), "reviewer": name, "reason": "as the lot fell"}
            began = time.perf_counter()
            answer = await client.post(f"/v1/variants/{variant}/decision", json=word)
            if answer.status_code == 409:
                told.beaten += 1
                continue
            answer.raise_for_status()
            told.seconds.append(time.perf_counter() - began)
            told.stored.append((variant, name))


def counted(database: Database, told: Told) -> dict[str, float]:
    """`lost`: told as stored and not there. `twice`: variants on which two decisions stand, or two were told of."""
    with database.read() as session:
        rows = session.execute(select(DecisionRow.variant_id, DecisionRow.reviewer))
        there = Counter((variant, reviewer) for variant, reviewer in rows)
        standing = select(DecisionRow.variant_id).where(in_force()).group_by(DecisionRow.variant_id)
        doubled = set(session.scalars(standing.having(func.count() > 1)))
    heard = Counter(variant for variant, _ in told.stored)
    doubled |= {variant for variant, times in heard.items() if times > 1}
    return {"lost": float((Counter(told.stored) - there).total()), "twice": float(len(doubled))}


def _rates(told: Told, seconds: float) -> dict[str, float]:
    return {
        "crowd_decisions": float(len(told.stored)),
        "crowd_by_browser": float(told.seen),
        "crowd_beaten": float(told.beaten),
        "crowd_a_second": len(told.stored) / seconds,
        "crowd_decision_ms": 1_000 * statistics.median(told.seconds) if told.seconds else float("nan"),
    }
