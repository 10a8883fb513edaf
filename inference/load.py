"""The parts that settings name, built: real ones or the fakes that ship beside them."""

from inference.angles import AngleChooser, EncoderChooser, FakeChooser
from inference.order import Parts
from inference.scorer import FakeScorer, Scorer
from inference.weights import Report
from inference.writer import FakeWriter, Writer
from prompts import channels
from store.settings import Settings


def parts(settings: Settings, report: Report = lambda _: None) -> Parts:
    """Load writer, scorer and angle chooser. Heavy libraries are imported only for what is not a fake.

    Raises ModelError where weights are missing or damaged.
    """
    scorer, chooser = _scorer_and_chooser(settings, report)
    return Parts(_writer(settings, report), scorer, chooser, channels.catalogue(settings))


def _writer(settings: Settings, report: Report) -> Writer:
    if settings.writer.kind == "fake":
        return FakeWriter()
    from inference import local_writer  # noqa: PLC0415 - imports torch

    return local_writer.load(settings.writer, settings.model_cache, report)


def _scorer_and_chooser(settings: Settings, report: Report) -> tuple[Scorer, AngleChooser]:
    """Both, since they share one encoder."""
    if settings.scorer.kind == "fake":
        return FakeScorer(), FakeChooser()
    from inference.encoder import LocalEncoder  # noqa: PLC0415 - imports torch
    from inference.scoring import SHIPPED, LocalScorer  # noqa: PLC0415

    report("loading the encoder and the scorer")
    encoder = LocalEncoder()
    return LocalScorer(settings.scorer.checkpoint or SHIPPED, encoder), EncoderChooser(encoder)
