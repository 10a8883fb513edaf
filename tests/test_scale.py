"""docs/scale.md and its compose file say what is so."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cost import HOUR, Rates, cost, even, table
from inference import breaker, refusals, server_writer
from store import checkpoint
from store.openai_settings import OpenAISettings
from store.settings import FILE, PREFIX, Settings, load, names

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "compose.yml").read_text(encoding="utf-8"))


def settings_of(service: str) -> Settings:
    """What the variables of a service set, as they would be there."""
    given = {
        name: re.sub(r"\$\{[^}]*\}", "x", value) for name, value in COMPOSE["services"][service]["environment"].items()
    }
    return load(folder=ROOT / "docs", environ=given)[0]


@pytest.mark.parametrize("service", ["desk", "worker"])
def test_the_variables_of_the_compose_file_are_settings_that_fit_together(service: str) -> None:
    found = settings_of(service)
    writer = COMPOSE["services"]["writer"]
    assert (found.writer.kind, found.openai.server) == ("openai", "vllm")
    assert f"--lora-modules={found.writer.model}=/adapter" in writer["command"]
    assert found.openai.base_url == "http://writer:8000/v1"
    assert found.database.startswith("postgresql://glasbruk:x@database/")
    server_writer.ServerWriter(found.openai, found.writer.model)


def test_the_adapter_that_is_served_is_the_one_that_is_shipped() -> None:
    model = settings_of("worker").writer.model
    assert checkpoint.read(ROOT / "inference" / "checkpoints" / "writer" / "default").id == model
    assert f"--lora-modules {model}=inference/checkpoints/writer/default" in PAGE


def test_the_compose_file_opens_nothing_but_the_desk_and_has_no_secret_in_it() -> None:
    services = COMPOSE["services"]
    ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert ports == {"desk": ["127.0.0.1:7860:7860"]}
    text = (ROOT / "docs" / "compose.yml").read_text(encoding="utf-8")
    secret = [line.strip() for line in text.splitlines() if re.search(r"(PASSWORD|KEY)\S*: ", line)]
    assert len(secret) == 3
    assert all(":?set it}" in line for line in secret)
    assert services["writer"]["environment"]["VLLM_NO_USAGE_STATS"] == "1"


def test_the_settings_that_the_page_shows_are_settings(tmp_path: Path) -> None:
    (content,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    load(folder=tmp_path, environ={})
    shown = set(re.findall(r"`(openai\.\w+|writer\.\w+)", PAGE))
    assert shown - set(names()) == set()
    variables = set(re.findall(rf"{PREFIX}OPENAI__\w+", PAGE))
    assert variables == {"GLASBRUK_OPENAI__API_KEY"}


@pytest.mark.parametrize(
    "name", ["server", "structured", "shots", "seeds", "logprobs", "concurrency", "timeout", "attempts"]
)
def test_the_defaults_that_the_page_shows_are_the_defaults(name: str) -> None:
    default = getattr(OpenAISettings(), name)
    said = str(default).lower() if isinstance(default, bool | str) else f"{default:g}"
    assert re.search(rf"^\| `openai\.{name}` \| `?{re.escape(said)}`? \|", PAGE, re.MULTILINE)


def test_the_limits_that_the_page_states_are_the_limits() -> None:
    text = " ".join(PAGE.split())
    assert f"After {breaker.FAILURES} failures in a row over at least {breaker.PATIENCE:g} seconds" in text
    assert f"left alone for {breaker.PAUSE:g}" in text
    assert f"up to {refusals.PATIENCE:g} s" in text
    assert f"{server_writer.SHORTEST:g} s, 1 s, 2 s ... {server_writer.LONGEST:g} s" in text


def test_the_table_of_costs_is_what_the_script_computes() -> None:
    assert table(Rates()) in PAGE


@given(st.integers(1, 10**10), st.floats(0.01, 1e4), st.floats(0.01, 100), st.floats(0.05, 1))
def test_machines_and_money_are_enough_and_no_more_than_that(n: int, rate: float, price: float, use: float) -> None:
    found = cost(n, Rates(rate=rate, price=price, use=use))
    assert found.machines * rate * use * 24 * HOUR >= n * (1 - 1e-9)
    assert (found.machines - 1) * rate * use * 24 * HOUR < n
    assert found.price == pytest.approx(n / rate / HOUR * price)


def test_a_dearer_machine_pays_from_where_it_costs_the_same() -> None:
    ours = Rates()
    card = Rates(rate=even(ours, 2.5), price=2.5)
    assert cost(10**6, card).price == pytest.approx(cost(10**6, ours).price)
