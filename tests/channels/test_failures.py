"""Why a message failed: each code that a messenger may tell has one sentence, in both languages."""

import pytest
from django.utils import timezone, translation

from apps.channels.contract import Reached
from apps.channels.failures import why
from apps.channels.models import Delivery
from apps.channels.reached import NOT_DELIVERED, advance
from apps.core.models import State
from apps.integrations.registry import connectors
from tests.channels.whatsapp_numbers import make_number

CODES = [
    (slug, code)
    for slug, module in sorted(connectors().items())
    for code in sorted(getattr(module, "FAILURE_CODES", ()))
]


def test_some_messenger_tells_of_failures_by_codes() -> None:
    assert ("whatsapp", "131026") in CODES
    for slug, module in connectors().items():
        assert hasattr(module, "sentence_of") == hasattr(module, "FAILURE_CODES"), slug


@pytest.mark.parametrize(("slug", "code"), CODES)
def test_each_code_has_a_sentence_in_both_languages(slug: str, code: str) -> None:
    said = {}
    for language in ("en", "ru"):
        with translation.override(language):
            said[language] = why(slug, code=code, text=NOT_DELIVERED)
    assert said["en"] != NOT_DELIVERED
    assert said["en"] != said["ru"]
    assert said["ru"].endswith((".", "»"))


@pytest.mark.parametrize("code", ["", "999999", "x", "1" * 40, "²"])
def test_of_an_unknown_code_it_is_said_that_it_was_not_delivered(code: str) -> None:
    with translation.override("en"):
        assert why("whatsapp", code=code, text=NOT_DELIVERED) == NOT_DELIVERED
        assert why("no_such", code="1", text=NOT_DELIVERED) == NOT_DELIVERED


@pytest.mark.parametrize("code", ["131016", "131048", "130429"])
def test_nobody_is_promised_a_repetition_that_does_not_come(code: str) -> None:
    with translation.override("en"):
        assert "not repeated by itself" in why("whatsapp", code=code, text="")


@pytest.mark.django_db
def test_a_status_keeps_the_code_and_its_sentence() -> None:
    channel = make_number()
    delivery = Delivery.objects.create(
        tenant=channel.tenant,
        channel=channel,
        external_chat_id="7",
        external_message_id="wamid.1",
        state=State.DONE,
        reached=Reached.SENT,
    )
    advance(
        channel=channel,
        external_message_id="wamid.1",
        reached=Reached.FAILED,
        at=timezone.now(),
        code="131047",
    )
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == (State.FAILED, "131047")
    assert "24 hours" in delivery.error_text
