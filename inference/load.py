"""The parts that settings name, built: real ones or the fakes that ship beside them."""

from inference import adapters, scorers
from inference.angles import AngleChooser, EncoderChooser, FakeChooser
from inference.approval import SHIPPED, Approver, FakeApprover, LocalApprover
from inference.order import Parts
from inference.scorer import FakeScorer, Scorer
from inference.weights import Report
from inference.writer import FakeWriter, Writer
from prompts import channels
from store.settings import Settings


def parts(settings: Settings, report: Report = lambda _: None) -> Parts:
    """Load writer, scorer, angle chooser and approver. Heavy libraries are imported only for what is not a fake.

    Raises ModelError where weights are missing or damaged.
    """
    scorer, chooser, approver = _of_encoder(settings, report)
    return Parts(_writer(settings, report), scorer, chooser, channels.catalogue(settings), approver)


def _writer(settings: Settings, report: Report) -> Writer:
    if settings.writer.kind == "fake":
        return FakeWriter()
    if settings.writer.kind == "openai":
        from inference.server_writer import ServerWriter  # noqa: PLC0415 - imports a client

        return ServerWriter(settings.openai, settings.writer.model)
    from inference import local_writer  # noqa: PLC0415 - imports torch

    worn = settings.writer.model_copy(update={"adapter": adapters.chosen(settings)})
    return local_writer.load(worn, settings.model_cache, report)


def _of_encoder(settings: Settings, report: Report) -> tuple[Scorer, AngleChooser, Approver]:
    """All three, since they share one encoder."""
    if settings.scorer.kind == "fake":
        return FakeScorer(), FakeChooser(), FakeApprover()
    from inference.angle_relevance import SHIPPED as SHIPPED_ANGLES  # noqa: PLC0415 - imports torch, as the next three
    from inference.encoder import LocalEncoder  # noqa: PLC0415
    from inference.remembered import Remembered  # noqa: PLC0415
    from inference.scoring import LocalScorer  # noqa: PLC0415

    report("loading the encoder, the scorer and the approval model")
    encoder = Remembered(LocalEncoder())
    return (
        LocalScorer(scorers.chosen(settings), encoder),
        EncoderChooser(encoder, settings.angles.checkpoint or SHIPPED_ANGLES),
        LocalApprover(settings.approver.checkpoint or SHIPPED, encoder),
    )
