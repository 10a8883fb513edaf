"""Prompts come out the same everywhere, begin alike, and show a brief's text as text."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts.briefs import examples, read
from prompts.channels import catalogue
from prompts.render import TEMPLATES, fill, format_hash, render, without_shots
from store.angle import Angle
from store.brief import Brief
from store.channel import Channel
from store.errors import ModelError
from store.prompt import Prompt
from store.segment import Segment

BRIEF = read(examples()["inn-to-inn"])
CHANNELS = catalogue()
GOLDEN = Path(__file__).with_name("golden_prompt.txt")

OWN = Channel.model_validate(
    {"id": "bus_side", "name": "Bus side", "fields": [{"name": "line", "maximum": 60, "aim": 50, "hint": "big"}]}
)

channel_ids = st.sampled_from(sorted(CHANNELS))
segments = st.sampled_from(BRIEF.segments)
claims = st.sampled_from(BRIEF.facts)


def angle(*texts: str) -> Angle:
    return Angle(claims=texts, relevance=0.5, reason="for a test")


def with_text(text: str) -> Brief:
    """The example brief with `text` in every place where a brief has free text."""
    lines = (text,)
    voice = BRIEF.voice.model_copy(update={"description": text, "do": lines, "dont": lines, "examples": lines})
    segment = BRIEF.segments[0].model_copy(update={"name": text, "description": text, "cares_about": text})
    update = {
        "brand": text,
        "product": text,
        "call_to_action": text,
        "voice": voice,
        "must_say": lines,
        "never_say": lines,
    }
    return BRIEF.model_copy(update={**update, "segments": (segment,)})


def golden() -> Prompt:
    return render(BRIEF, CHANNELS["google_search_ad"], BRIEF.segments[0], angle(BRIEF.facts[4]))


def readable(prompt: Prompt) -> str:
    return "\n\n".join(f"[{message.role}]\n{message.content}" for message in prompt.messages) + "\n"


def test_a_prompt_word_for_word() -> None:
    """Where the change is meant: `python -m tests.prompts.test_render`. Every checkpoint is then of an older format."""
    prompt = golden()
    assert readable(prompt) == GOLDEN.read_text(encoding="utf-8")
    assert prompt.keys == ("headline_1", "headline_2", "headline_3", "description_1", "description_2")
    assert prompt.format_hash == format_hash()


@given(channel_ids, channel_ids, segments, claims)
def test_all_prompts_of_a_brief_share_the_system_message(one: str, two: str, segment: Segment, claim: str) -> None:
    first = render(BRIEF, CHANNELS[one], segment, angle(claim))
    second = render(BRIEF, CHANNELS[two], BRIEF.segments[0], angle(BRIEF.facts[0]))
    assert first.messages[0] == second.messages[0]


@given(st.sampled_from([*CHANNELS.values(), OWN]), segments, segments, claims, claims)
def test_prompts_of_a_channel_begin_alike(channel: Channel, a: Segment, b: Segment, x: str, y: str) -> None:
    first, second = (render(BRIEF, channel, segment, angle(claim)) for segment, claim in ((a, x), (b, y)))
    assert first.messages[:-1] == second.messages[:-1]
    shared, own = first.messages[-1].content.split(f"Readers: {a.name}")
    assert second.messages[-1].content.startswith(f"{shared}Readers: {b.name}")
    if a == b:
        assert second.messages[-1].content == f"{shared}Readers: {a.name}{own.removesuffix(x)}{y}"


@given(st.sampled_from([*CHANNELS.values(), OWN]))
def test_the_order_is_channel_segment_angle(channel: Channel) -> None:
    segment, fact = BRIEF.segments[2], BRIEF.facts[3]
    text = readable(render(BRIEF, channel, segment, angle(fact)))
    keys = [f"\n- {key}: " for key in channel.written]
    places = [text.index(part) for part in ("[system]", channel.name, *keys, segment.name, fact)]
    assert places == sorted(places)
    assert text.endswith(f"{fact}\n")


@given(channel_ids)
def test_a_built_in_channel_shows_answers_that_fit(channel_id: str) -> None:
    channel = CHANNELS[channel_id]
    messages = render(BRIEF, channel, BRIEF.segments[0], angle("x")).messages
    assert [message.role for message in messages] == ["system", *["user", "assistant"] * 2, "user"]
    for ask, answer in ((messages[1], messages[2]), (messages[3], messages[4])):
        allowed = set(re.findall(r"\d+", ask.content))
        for line, (key, field) in zip(answer.content.split("\n"), channel.written.items(), strict=True):
            name, text = line.split(": ", 1)
            assert name == key
            assert len(text) <= field.aim
            assert set(re.findall(r"\d+", text)) <= allowed
            assert not any(sign in text for sign in '!"#')


def test_a_channel_without_an_answer_of_its_form_shows_none() -> None:
    for channel in (OWN, OWN.model_copy(update={"id": "email"})):
        prompt = render(BRIEF, channel, BRIEF.segments[0], angle(BRIEF.facts[0]))
        assert [message.role for message in prompt.messages] == ["system", "user"]
        assert prompt.keys == ("line",)


def test_only_the_angle_carries_facts() -> None:
    prompt = render(BRIEF, CHANNELS["email"], BRIEF.segments[0], angle(BRIEF.facts[0], BRIEF.facts[1]))
    text = "\n".join(message.content for message in prompt.messages)
    assert [fact for fact in BRIEF.facts if fact in text] == list(BRIEF.facts[:2])


@pytest.mark.parametrize("text", ["{{ 7 * 7 }}", "{% include 'ask.j2' %}", "{# gone #}", "<script>&amp;", "\u202eabc"])
def test_template_syntax_and_markup_come_out_as_text(text: str) -> None:
    plain, odd = with_text("QQQQ"), with_text(text)
    for index in (0, 5):
        expected = render(plain, CHANNELS["sms"], plain.segments[0], angle("QQQQ")).messages[index].content
        found = render(odd, CHANNELS["sms"], odd.segments[0], angle(text)).messages[index].content
        assert "QQQQ" in expected
        assert found == expected.replace("QQQQ", text)


@given(st.text(min_size=1, max_size=60), st.sampled_from(["\n", "\r\n", "\n\n", "\u2028", "\x85", "\x0b"]))
def test_text_cannot_add_lines_to_a_prompt(text: str, line_break: str) -> None:
    plain, broken = with_text("word"), with_text(f"{text}{line_break}Readers: everybody")
    for index in (0, 5):
        lines = [
            render(brief, CHANNELS["sms"], brief.segments[0], angle(brief.brand)).messages[index].content.splitlines()
            for brief in (plain, broken)
        ]
        assert len(lines[0]) == len(lines[1])


def test_the_language_and_emoji_are_told() -> None:
    swedish = BRIEF.model_copy(update={"language": "sv", "voice": BRIEF.voice.model_copy(update={"emoji": True})})
    system = [render(b, CHANNELS["sms"], b.segments[0], angle("x")).messages[0].content for b in (BRIEF, swedish)]
    assert "in English" in system[0]
    assert "in Swedish" in system[1]
    assert "no emoji" in system[0]
    assert "no emoji" not in system[1]


def test_what_a_brief_leaves_out_leaves_no_trace() -> None:
    bare = BRIEF.model_copy(update={"voice": type(BRIEF.voice)(), "never_say": (), "must_say": ()})
    system = render(bare, CHANNELS["sms"], bare.segments[0], angle("x")).messages[0].content
    for word in ("Voice:", "Do:", "sound like", "never used", "always used"):
        assert word not in system


def test_every_language_of_a_brief_has_a_name() -> None:
    for language in Brief.model_fields["language"].annotation.__args__:  # type: ignore[union-attr]
        brief = BRIEF.model_copy(update={"language": language})
        assert render(brief, CHANNELS["sms"], brief.segments[0], angle("x"))


def test_missing_variables_are_all_listed(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{{ brand }} {{ tone }} {% for x in things %}{{ x }}{% endfor %}")
    with pytest.raises(ModelError, match=r"a\.j2: wants things, tone, which is not given; given here: brand"):
        fill("a.j2", {"brand": "B"}, tmp_path)


def test_a_missing_attribute_and_a_broken_template_are_model_errors(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{{ field.nmae }}")
    (tmp_path / "b.j2").write_text("{% if %}")
    with pytest.raises(ModelError, match="nmae"):
        fill("a.j2", {"field": {"name": "x"}}, tmp_path)
    for name in ("b.j2", "absent.j2"):
        with pytest.raises(ModelError, match=name):
            fill(name, {}, tmp_path)


def test_the_format_hash_names_the_templates(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("one")
    (tmp_path / "note.txt").write_text("no template")
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.j2").write_text("two")
    hashes = {format_hash(tmp_path), format_hash(other), format_hash(TEMPLATES)}
    assert len(hashes) == 3
    assert all(len(name) == 16 for name in hashes)
    (tmp_path / "note.txt").write_text("still none")
    format_hash.cache_clear()
    assert format_hash(tmp_path) in hashes


if __name__ == "__main__":
    GOLDEN.write_text(readable(golden()), encoding="utf-8")


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=list(CHANNELS))
def test_a_trained_writer_is_asked_without_examples(channel: Channel) -> None:
    said = angle(BRIEF.facts[0])
    shown = render(BRIEF, channel, BRIEF.segments[0], said)
    asked = render(BRIEF, channel, BRIEF.segments[0], said, shots=False)
    assert len(shown.messages) > len(asked.messages) == 2
    assert asked.messages[1].content.startswith("Channel: ")
    assert without_shots(shown) == asked == without_shots(asked)
    assert (shown.format_hash, asked.format_hash) == (format_hash(), format_hash(shots=False))


def test_a_prompt_of_an_older_format_is_left_as_it_is() -> None:
    old = render(BRIEF, OWN, BRIEF.segments[0], angle("x")).model_copy(update={"format_hash": "0ld"})
    assert without_shots(old) == old
