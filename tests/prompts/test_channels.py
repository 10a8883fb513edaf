"""The catalogue is the table of limits, and users add to it."""

import pytest

from prompts.channels import catalogue, get
from store.errors import InputError
from store.settings import Settings

# (channel, field): hard maximum, truncation point, least, most
LIMITS = {
    ("google_search_ad", "headline"): (30, None, 3, 15),
    ("google_search_ad", "description"): (90, None, 2, 4),
    ("google_search_ad", "path"): (15, None, 0, 2),
    ("google_performance_max", "headline"): (30, None, 3, 15),
    ("google_performance_max", "long_headline"): (90, None, 1, 5),
    ("google_performance_max", "short_description"): (60, None, 1, 1),
    ("google_performance_max", "description"): (90, None, 1, 4),
    ("meta_feed_ad", "primary_text"): (2200, 125, 1, 1),
    ("meta_feed_ad", "headline"): (40, None, 1, 1),
    ("meta_feed_ad", "description"): (25, None, 0, 1),
    ("linkedin_image", "intro"): (3000, 150, 1, 1),
    ("linkedin_image", "headline"): (200, 70, 1, 1),
    ("linkedin_image", "description"): (300, 100, 1, 1),
    ("email", "subject"): (120, 50, 1, 1),
    ("email", "preheader"): (150, 90, 1, 1),
    ("push", "title"): (65, 50, 1, 1),
    ("push", "body"): (240, 178, 1, 1),
    ("sms", "text"): (3, 1, 1, 1),
    ("web_headline", "headline"): (65, None, 1, 1),
    ("web_headline", "subline"): (110, None, 1, 1),
}


def test_the_built_in_limits() -> None:
    found = {
        (channel.id, field.name): (field.maximum, field.truncation, field.least, field.most)
        for channel in catalogue().values()
        for field in channel.fields
    }
    assert found == LIMITS


def test_the_writer_is_asked_for_less_than_is_cut_off() -> None:
    for channel in catalogue().values():
        for field in channel.fields:
            limit = 160 if field.unit == "sms_parts" else field.truncation or field.maximum
            assert field.aim < limit, (channel.id, field.name)
            assert field.hint or not field.write, (channel.id, field.name)


def test_the_keys_that_are_written() -> None:
    channels = catalogue()
    assert list(channels["google_search_ad"].written) == [
        "headline_1",
        "headline_2",
        "headline_3",
        "description_1",
        "description_2",
    ]
    assert list(channels["email"].written) == ["subject", "preheader"]
    assert "path_2" in channels["google_search_ad"].allowed


def test_a_user_adds_a_channel_and_replaces_one() -> None:
    own = {"name": "Own", "fields": [{"name": "line", "maximum": 20, "aim": 15}]}
    channels = catalogue(Settings.model_validate({"channels": {"bus_side": own, "email": own}}))
    assert channels["bus_side"].fields[0].maximum == 20
    assert list(channels["email"].written) == ["line"]
    assert list(catalogue()["email"].written) == ["subject", "preheader"]  # what is built in stays as it was


def test_an_unknown_channel_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r'channels\[1\]: there is no channel "emial"; did you mean "email"\?'):
        get(catalogue(), "emial", "channels[1]")
    assert get(catalogue(), "sms").name == "SMS"
