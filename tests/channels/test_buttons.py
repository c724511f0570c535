"""Reply buttons at the gate: what each channel offers is data; what does not fit is said before it goes."""

from typing import Any

import pytest
from django.utils import translation

from apps.channels.buttons import cleaned, in_rows
from apps.channels.connectors.telegram.outbound import render
from apps.channels.contract import Capability, FilledTemplate, MediaKind, Outgoing, OutgoingFile, Template
from apps.channels.gate import pieces, refusal, takes_buttons
from apps.channels.limits import limits_of
from apps.channels.models import Channel
from apps.core.errors import Rejected
from apps.integrations import registry
from apps.integrations.models import Connection
from tests.channels.avito_servers import make_channel as make_avito
from tests.channels.outbox import make_bot, make_webchat, put
from tests.channels.whatsapp_numbers import make_number

pytestmark = pytest.mark.django_db

MESSENGERS = [slug for slug, module in registry.connectors().items() if hasattr(module, "parse")]


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def bot() -> Channel:
    return make_bot("http://127.0.0.1:9")


@pytest.mark.parametrize("slug", MESSENGERS)
def test_whoever_declares_buttons_says_how_many_and_how_long(slug):
    module = registry.connector(slug)
    assert (Capability.BUTTONS in module.SPEC.capabilities) == (module.LIMITS.buttons is not None)
    if offer := module.LIMITS.buttons:
        assert offer.most > 0
        assert offer.characters > 0
        assert (offer.text or module.LIMITS.text) <= module.LIMITS.text


def test_a_channel_without_buttons_offers_none_and_carries_none():
    avito = make_avito(base_url="http://127.0.0.1:9")
    assert takes_buttons(avito) is None
    assert refusal(avito, text="Да?", buttons=("Да",)) == (
        "This service has no buttons under messages. Write the choices into the text."
    )
    with pytest.raises(Rejected):
        put(avito, "Да?", buttons=("Да",))


@pytest.mark.parametrize("provider", ["twilio", "messagebird", "green_api"])
def test_of_whatsapps_providers_meta_alone_has_them(provider):
    number = make_number()
    assert takes_buttons(number)
    Connection.objects.update(config={**number.connection.config, "provider": provider})
    assert takes_buttons(Channel.objects.get()) is None


def test_an_integration_that_is_gone_offers_none(bot):
    Connection.objects.update(connector="gone")
    assert takes_buttons(Channel.objects.get()) is None


@pytest.mark.parametrize(
    ("buttons", "said"),
    [
        (tuple("абвгдежзиклмн"), ("12", "13")),
        (("я" * 41,), ("40", "41")),
        (("Да", "Нет", "Да"), ("«Да»",)),
    ],
)
def test_what_does_not_fit_is_refused_with_its_figures(bot, buttons, said):
    reason = refusal(bot, text="Записать?", buttons=buttons)
    assert reason is not None
    assert all(figure in reason for figure in said)


def test_buttons_want_a_text_and_no_file(bot):
    file = OutgoingFile(kind=MediaKind.IMAGE, name="a.jpg", content_type="image/jpeg", size=1, path="a.jpg")
    assert refusal(bot, text=" ", buttons=("Да",)) == "Write a message first: buttons stand under a text."
    assert "not under a file" in (refusal(bot, text="Вот", file=file, buttons=("Да",)) or "")
    assert refusal(bot, text="Вот", file=file) is None


def test_a_text_over_buttons_may_be_shorter_than_others():
    number = make_number()
    assert refusal(number, text="я" * 1024, buttons=("Да",)) is None
    assert "1024" in (refusal(number, text="я" * 1025, buttons=("Да",)) or "")
    assert refusal(number, text="я" * 1025) is None


def test_only_the_end_of_a_long_text_is_cut_for_its_buttons():
    number = make_number()
    text = "слово " * 1000
    parts = [text for text, _file in pieces(number, text=text, file=None, with_buttons=True)]

    assert " ".join(" ".join(parts).split()) == " ".join(text.split())
    assert len(parts[0]) > 1024
    assert all(len(part) <= limits_of(number.connection).text for part in parts)
    assert len(parts[-1]) <= 1024


def test_a_file_is_sent_ahead_of_the_text_with_buttons(bot):
    file = OutgoingFile(kind=MediaKind.IMAGE, name="a.jpg", content_type="image/jpeg", size=1, path="a.jpg")
    assert pieces(bot, text="Вот", file=file) == [("Вот", file)]
    assert pieces(bot, text="Вот", file=file, with_buttons=True) == [("", file), ("Вот", None)]


def test_an_approved_template_has_its_own_buttons_and_is_asked_about_as_it_is():
    template = Template(external_id="1", name="a", language="ru", category="utility", body="Готово")
    assert refusal(make_number(), text="Готово", template=FilledTemplate(template=template)) is None


@pytest.mark.parametrize(
    ("buttons", "rows"),
    [
        (("Да", "Нет"), [["Да", "Нет"]]),
        (("Да", "Нет", "Позже"), [["Да", "Нет"], ["Позже"]]),
        (("Да, запишите меня", "Нет"), [["Да, запишите меня"], ["Нет"]]),
        (tuple("Вариант номер " + sign for sign in "абвг"), None),
        (("а" * 20, "б" * 20, "в" * 20), [["а" * 20, "б" * 20], ["в" * 20]]),
    ],
)
def test_short_ones_stand_side_by_side_and_long_ones_below_each_other(buttons, rows):
    most_rows = 2 if rows and len(rows) == 2 else 9
    assert in_rows(buttons, most_rows=most_rows) == (rows or [[button] for button in buttons])


def test_what_people_enter_is_tidied():
    assert cleaned([" Да \n", "", "\u202e", "a\x00b", "Нет,  спасибо"]) == ("Да", "a b", "Нет, спасибо")


def test_in_telegram_long_words_that_begin_alike_stay_apart():
    """Its data ends at 64 bytes, which are 32 letters of Russian."""
    buttons = tuple(f"{'я' * 38}{number}" for number in range(12))
    message = Outgoing(key="k", external_chat_id="7", external_user_id="7", text="?", buttons=buttons)
    rows = render(message, parse_mode="").json["reply_markup"]["inline_keyboard"]
    data = [button["callback_data"] for row in rows for button in row]

    assert len(set(data)) == 12
    assert max(len(one.encode()) for one in data) <= 64


def test_the_same_key_is_the_same_message_with_its_buttons():
    channel = make_webchat()
    first = put(channel, "Записать?", buttons=("Да", "Нет"))
    again = put(channel, "Записать?", buttons=("Да", "Нет"), key=first.key)
    assert (again.pk, again.buttons) == (first.pk, ["Да", "Нет"])
