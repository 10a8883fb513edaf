"""The description of the API is true: schemathesis finds no answer that it does not tell of, and no 500."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from inference.api import create_api
from store import keys
from store.database import open_database
from store.key import Holder, Role
from store.settings import ServeSettings
from tests.inference import house

FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


# What no schema says, such as which channels there are or that a brief is given once, is told by a 422.
CONFIG = schemathesis.Config.from_dict(
    {"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]}}}
)


schemathesis.serializer.alias("application/jsonl", "application/octet-stream")  # which a batch is sent as


@pytest.mark.slow
def test_every_answer_is_as_described(tmp_path: Path) -> None:
    much = ServeSettings(requests_per_minute=1_000_000, variants_per_minute=1_000_000)
    chosen = house.settings(tmp_path).model_copy(update={"serve": much})
    database = open_database(chosen)
    with database.write() as session:
        headers = {"Authorization": f"Bearer {keys.issue(session, Holder(name='a', role=Role.ADMIN)).token}"}
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_api(chosen, house.parts(), database), config=CONFIG)
    operations: list[Any] = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 15
    for operation in operations:

        @FEW
        @given(operation.as_strategy())
        def holds(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(headers=headers)

        holds()
    database.close()
