"""What happened when copy was shown, as channels report it over HTTP."""

from inference.bodies import OutcomesAnswer, OutcomesRequest, SetAside
from inference.service import With
from store import outcomes


def take_outcomes(body: OutcomesRequest, service: With) -> OutcomesAnswer:
    """Take in totals as they grow, all of them or none: those that are known change nothing.

    Counts are totals since the test began. What cannot be, such as more clicks than impressions, is set aside with its
    reason: it is kept, and nothing is learnt from it. What is wrong with a test as a whole is found when it is learnt
    from; `glasbruk results set-aside` tells of it.
    """
    with service.database.write() as session:
        counts = outcomes.record(session, body.outcomes)
    aside = tuple(
        SetAside(index=index, reason=row.reason) for index, row in enumerate(body.outcomes) if row.reason is not None
    )
    return OutcomesAnswer(**counts._asdict(), set_aside=aside)
