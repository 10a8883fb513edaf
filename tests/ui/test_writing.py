"""Writing runs that go on behind the page."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import pytest

from inference import load
from inference.order import Order, Parts
from inference.turns import Turns
from inference.writer import Draft, FakeWriter
from store import campaigns, variants
from store.database import Database, open_database
from store.errors import Conflict, ModelError
from store.prompt import Prompt
from store.states import State
from store.variant import Sampling
from tests import nouns
from tests.ui.conftest import fakes
from ui.writing import Workshop

ENOUGH = 20  # seconds


class SlowWriter(FakeWriter):
    """Writes three and then waits until it may go on."""

    def __init__(self) -> None:
        self.wrote_three = threading.Event()
        self.go_on = threading.Event()

    def write(self, prompts: Sequence[Prompt], seeds: Sequence[int], sampling: Sampling) -> Generator[Draft]:
        for number, draft in enumerate(super().write(prompts, seeds, sampling)):
            if number == 3:
                self.wrote_three.set()
                assert self.go_on.wait(ENOUGH)
            yield draft


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(fakes(tmp_path))
    yield opened
    opened.close()


def workshop(store: Database, make: Callable[[], Parts]) -> Workshop:
    return Workshop(Turns(make), store)


def with_writer(tmp_path: Path, writer: SlowWriter) -> Callable[[], Parts]:
    whole = load.parts(fakes(tmp_path))
    return lambda: Parts(writer, whole.scorer, whole.chooser, whole.catalogue)


def test_a_run_that_is_stopped_keeps_what_is_written_and_a_second_one_must_wait(
    store: Database, tmp_path: Path
) -> None:
    writer = SlowWriter()
    desk = workshop(store, with_writer(tmp_path, writer))
    run = desk.write(Order(nouns.brief(), n=8, author="ada"))
    assert writer.wrote_three.wait(ENOUGH)
    with pytest.raises(Conflict, match="being written"):
        desk.write(Order(nouns.brief(), author="ada"))
    run.stop()
    writer.go_on.set()
    run.wait(ENOUGH)
    progress = run.progress
    assert (progress.running, progress.stopped, progress.error) == (False, True, "")
    assert 1 <= progress.done <= 5  # what the writer has finished meanwhile is given up
    assert progress.asked == 16
    with store.read() as session:
        assert campaigns.recent(session)[0].written == progress.done
    desk.write(Order(nouns.brief(), author="ada")).wait(ENOUGH)
    assert desk.run is not None
    assert (desk.run.progress.done, desk.run.progress.stopped) == (16, False)


def test_what_is_shown_and_held_back_is_counted(store: Database, tmp_path: Path) -> None:
    desk = workshop(store, lambda: load.parts(fakes(tmp_path)))
    run = desk.write(Order(nouns.brief(), n=1, overgenerate=4, author="ada"))
    run.wait(ENOUGH)
    progress = run.progress
    assert (progress.done, progress.shown) == (8, 2)
    assert progress.blocked + progress.held_back == 6
    with store.read() as session:
        counts = variants.count(session, variants.Query(campaign_id=progress.campaign_id))
    assert (counts[State.RESERVE], counts[State.PENDING]) == (progress.held_back, progress.shown)


def test_models_that_cannot_be_loaded_are_told_and_tried_again(store: Database, tmp_path: Path) -> None:
    faults = [ModelError("the weights are missing")]

    def make() -> Parts:
        if faults:
            raise faults.pop()
        return load.parts(fakes(tmp_path))

    desk = workshop(store, make)
    failed = desk.write(Order(nouns.brief(), author="ada"))
    failed.wait(ENOUGH)
    assert failed.progress.error == "the weights are missing"
    run = desk.write(Order(nouns.brief(), n=1, author="ada"))
    run.wait(ENOUGH)
    assert (run.progress.done, run.progress.error) == (2, "")
