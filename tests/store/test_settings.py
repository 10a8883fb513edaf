"""Settings come from the file, then variables, then flags; each knows where from, and none is unknown."""

from pathlib import Path
from typing import Any

import pytest

from store.errors import InputError
from store.settings import FILE, Settings, load, names


def loaded(
    folder: Path, file: str = "", environ: dict[str, str] | None = None, flags: dict[str, Any] | None = None
) -> tuple[Settings, dict[str, str]]:
    (folder / FILE).write_text(file, encoding="utf-8")
    return load(flags, folder=folder, environ=environ or {})


def fault(
    folder: Path, file: str = "", environ: dict[str, str] | None = None, flags: dict[str, Any] | None = None
) -> str:
    with pytest.raises(InputError) as caught:
        loaded(folder, file, environ, flags)
    return str(caught.value)


def test_without_anything_the_defaults_are_in_force(tmp_path: Path) -> None:
    assert load(folder=tmp_path, environ={"HOME": "/home/ada", "GLASBRUKS": "x"}) == (Settings(), {})


def test_a_later_layer_is_in_force_and_named(tmp_path: Path) -> None:
    file = '[writer]\nmodel = "medium"\ntemperature = 0.5\ntop_k = 9\n[serve]\nport = 1'
    environ = {"GLASBRUK_WRITER__TEMPERATURE": "0.6", "GLASBRUK_WRITER__TOP_K": "10", "GLASBRUK_REVIEWER": "anna"}
    settings, origin = loaded(tmp_path, file, environ, {"writer.top_k": 11, "serve.port": None})
    assert (settings.writer.model, settings.writer.temperature, settings.writer.top_k) == ("medium", 0.6, 11)
    assert (settings.reviewer, settings.serve.port, settings.writer.batch) == ("anna", 1, Settings().writer.batch)
    assert origin == {
        "writer.model": FILE,
        "writer.temperature": "GLASBRUK_WRITER__TEMPERATURE",
        "writer.top_k": "flag",
        "serve.port": FILE,
        "reviewer": "GLASBRUK_REVIEWER",
    }


def test_every_single_value_has_a_variable(tmp_path: Path) -> None:
    assert {"workspace", "database_url", "writer.overgenerate", "approver.checkpoint", "serve.host"} <= set(names())
    values = {"kind": "fake", "port": "80", "temperature": "1", "min_p": "0.1", "log": "json"}
    values |= {"top_p": "0.9", "repetition_penalty": "1.1", "precision": "int8", "base_url": "http://h/v1"}
    values["four_eyes"] = "true"
    values |= {"server": "vllm"} | dict.fromkeys(["structured", "shots", "seeds", "logprobs"], "true")
    values |= {"root_path": "/glasbruk", "trusted_proxies": "10.0.0.0/8", "issuer": "", "default_role": "admin"}
    for name in names():
        variable = f"GLASBRUK_{name.replace('.', '__').upper()}"
        _, origin = loaded(tmp_path, environ={variable: values.get(name.rpartition(".")[2], "7")})
        assert origin == {name: variable}


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("workspcae = 'x'", 'workspcae: unknown key; did you mean "workspace"?'),
        ("[writer]\nmodle = 'x'", 'writer.modle: unknown key; did you mean "model"?'),
        ("[writter]\nmodel = 'x'", 'writter: unknown key; did you mean "writer"?'),
        ("writer = 3", "writer: should be a mapping of keys to values (got 3)"),
        ("[writer]\novergenerate = 65", "writer.overgenerate: should be less than or equal to 64 (got 65)"),
        ("[approver]\ncheckpiont = 'x'", 'approver.checkpiont: unknown key; did you mean "checkpoint"?'),
        ("[serve]\nport = 'high'", "serve.port: should be a valid integer"),
        ("[serve]\ntrusted_proxies = ['nginx']", "serve.trusted_proxies[0]: 'nginx' does not appear to be an IPv4"),
        ("[serve]\nroot_path = 'glasbruk/'", "serve.root_path: should match pattern"),
        ("[serve.oidc]\nissuer = 'https://id'\ndefault_role = 'admin'", "serve.oidc.client_id: is missing; set it to"),
        (
            "[serve.oidc]\nissuer = 'https://id'\nclient_id = 'x'",
            "serve.oidc.default_role: is missing, and so is role_c",
        ),
        ("[serve.oidc]\nissuer = 'id'", "serve.oidc.issuer: should match pattern"),
        ("[serve.oidc]\nclient = 'x'", 'serve.oidc.client: unknown key; did you mean "client_id"?'),
        ("[serve]\nport = 70000", "serve.port: should be less than or equal to 65535 (got 70000)"),
        ("[openai]\nbase_url = 'host'", "openai.base_url: "),
        ("[openai]\nserver = 'vlm'", "openai.server: should be 'openai', 'vllm', 'llama.cpp', 'tgi' or 'transformers'"),
        ("port = [", "is not TOML in UTF-8"),
        ("[channels.screen]\nid = 'other'\nname = 'S'", 'channels: the id of channel "screen" is its name in the file'),
        ("channels = 3", "channels: should be a mapping"),
    ],
)
def test_a_fault_in_the_file_names_the_file_and_the_place(tmp_path: Path, file: str, says: str) -> None:
    assert fault(tmp_path, file).startswith(f"{tmp_path / FILE}: {says}")


def test_a_file_that_is_not_text_or_not_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"glasbruk\.toml: is not TOML in UTF-8"):
        load(folder=tmp_path, environ={})
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()
    with pytest.raises(InputError, match=r"glasbruk\.toml: cannot be read"):
        load(folder=tmp_path, environ={})


def test_an_unknown_variable_is_an_error(tmp_path: Path) -> None:
    says = fault(tmp_path, environ={"GLASBRUK_WRITER_MODEL": "small"})
    assert says == 'GLASBRUK_WRITER_MODEL: unknown variable; did you mean "GLASBRUK_WRITER__MODEL"?'


def test_a_fault_in_a_variable_or_flag_names_it(tmp_path: Path) -> None:
    says = fault(tmp_path, environ={"GLASBRUK_SERVE__PORT": "high"})
    assert says.startswith("GLASBRUK_SERVE__PORT: should be a valid integer")
    assert fault(tmp_path, flags={"serve.port": -1}).startswith(
        "flag: serve.port: should be greater than or equal to 0"
    )
    assert fault(tmp_path, flags={"serve.prot": 1}).startswith('flag: serve.prot: unknown key; did you mean "port"?')


def test_a_channel_in_the_file_takes_its_id_from_its_name(tmp_path: Path) -> None:
    file = "[channels.screen]\nname = 'Big screen'\n[[channels.screen.fields]]\nname = 'text'\nmaximum = 40\naim = 30"
    settings, origin = loaded(tmp_path, file)
    assert settings.channels["screen"].id == "screen"
    assert settings.channels["screen"].fields[0].maximum == 40
    assert origin == {"channels": FILE}


def test_the_database_is_in_the_workspace_unless_set() -> None:
    assert Settings().database == "sqlite:///workspace/glasbruk.db"
    assert Settings(workspace=Path("/a b")).database == "sqlite:////a b/glasbruk.db"
    assert Settings(database_url="postgresql://h/d").database == "postgresql://h/d"


def test_converted_models_are_kept_for_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert Settings().model_cache == Path("/caches/glasbruk")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert Settings().model_cache == Path.home() / ".cache" / "glasbruk"
    assert Settings(cache=Path("/mine")).model_cache == Path("/mine")


def test_a_key_that_is_set_is_not_shown(tmp_path: Path) -> None:
    settings, _ = loaded(tmp_path, "[openai]\napi_key = 'sk-secret'")
    assert settings.openai.api_key is not None
    assert settings.openai.api_key.get_secret_value() == "sk-secret"
    assert "sk-secret" not in f"{settings} {settings!r} {settings.model_dump(mode='json')}"
    assert "sk-secret" not in fault(tmp_path, "[openai]\napi_key = 'sk-secret'\nsever = 'vllm'")


def test_a_providers_words_for_roles_stay_whole_and_its_secret_is_shown_nowhere(tmp_path: Path) -> None:
    file = "[serve.oidc]\nissuer = 'https://id'\nclient_id = 'x'\nrole_claim = 'groups'\nroles = {'a.b' = 'admin'}"
    secret = {"GLASBRUK_SERVE__OIDC__CLIENT_SECRET": "hush-hush"}
    (tmp_path / FILE).write_text(file)
    settings, _ = load(folder=tmp_path, environ=secret)
    assert settings.serve.oidc.roles == {"a.b": "admin"}
    assert settings.serve.oidc.client_secret.get_secret_value() == "hush-hush"
    assert "hush" not in f"{settings!r}{settings}{settings.model_dump_json()}"
