"""The desk in a real browser: nothing an operator typed is lost, nothing they look at jumps away."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Appeal, Author, Conversation, Device, Draft, DraftFate, Message
from apps.appeals.people import answered, client_wrote, touch
from apps.channels.connectors import webchat
from apps.channels.models import Delivery
from apps.core.models import State
from tests.chromium import chromium, lose_confirmation
from tests.peers.telegram import TelegramPeer
from tests.sounds import picture
from tests.work import drain

Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, live_server: LiveServer, desk: Client) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="ru-RU")
    context.set_default_timeout(10_000)
    sign_in(context, live_server, desk)
    yield context
    context.close()


def sign_in(context: BrowserContext, live_server: LiveServer, client: Client) -> None:
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


@pytest.fixture
def conversation(routed: Routed) -> Conversation:
    return routed("Здравствуйте! Сколько стоит батарея?")


@pytest.fixture
def page(context: BrowserContext, live_server: LiveServer, conversation: Conversation) -> Iterator[Page]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{live_server.url}/admin/desk/{conversation.pk}/")
    yield page
    assert errors == []


def the_client_writes(conversation: Conversation, text: str) -> Message:
    message = Message.objects.create(
        tenant=conversation.tenant,
        conversation=conversation,
        author=Author.CLIENT,
        text=text,
        sent_at=timezone.now(),
    )
    client_wrote(Conversation.objects.get(pk=conversation.pk), at=timezone.now())
    return message


def test_what_is_typed_while_an_answer_is_on_its_way_stays(page: Page) -> None:
    held: list[Route] = []
    page.route(re.compile("/answer/$"), lambda route: held.append(route))
    box = page.locator("#composer textarea")
    box.fill("Добрый день!")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer button[type=submit]")).to_be_disabled()
    box.press_sequentially(" Ещё")
    page.keyboard.press("Control+Enter")  # one at a time
    held[0].continue_()

    expect(box).to_have_value("Ещё")
    assert len(held) == 1
    assert [delivery.text for delivery in Delivery.objects.all()] == ["Добрый день!"]


def test_an_answer_whose_confirmation_is_lost_is_sent_once(page: Page) -> None:
    lose_confirmation(page, "/answer/$")
    box = page.locator("#composer textarea")
    box.fill("Добрый день!")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".composer-note")).to_have_class(re.compile("is-bad"))
    expect(box).to_have_value("Добрый день!")
    page.reload()
    page.locator("#composer button[type=submit]").click()
    expect(box).to_have_value("")

    assert Delivery.objects.count() == 1


def test_what_one_sent_is_seen_though_the_page_waits_on_a_dead_connection(page: Page) -> None:
    page.route(re.compile("/live/desk"), lambda route: None)
    with page.expect_request(re.compile("/live/desk")):
        pass
    page.locator("#composer textarea").fill("Добрый день!")
    page.keyboard.press("Control+Enter")
    # Sooner than the page gives a question up (20 s).
    expect(page.locator(".bubble.is-operator")).to_have_count(1, timeout=10_000)
    expect(page.locator(".composer-note")).not_to_have_class(re.compile("is-bad"))


def offer_draft(conversation: Conversation) -> None:
    Draft.objects.create(
        tenant=conversation.tenant,
        appeal=Appeal.objects.get(),
        answers=Message.objects.get(),
        text="Батарея есть.",
        fate=DraftFate.WAITING,
        state=State.DONE,
    )
    touch(conversation.pk)


def test_a_draft_is_discarded_and_brought_back_by_keys(page: Page, conversation: Conversation) -> None:
    offer_draft(conversation)
    draft = page.locator("#draft")
    draft.get_by_role("button", name="Отклонить").focus()
    page.keyboard.press("Enter")
    expect(draft).to_contain_text("Черновик отклонён.")
    expect(page.locator("#composer textarea")).to_be_focused()
    draft.get_by_role("button", name="Вернуть").focus()
    page.keyboard.press("Enter")
    expect(draft).to_contain_text("Батарея есть.")
    expect(page.locator("#composer textarea")).to_be_focused()


def test_a_draft_sent_as_it_is_leaves_what_was_typed(page: Page, conversation: Conversation) -> None:
    offer_draft(conversation)
    page.locator("#composer textarea").fill("Недописанное")
    page.locator("[data-draft-send]").click()
    expect(page.locator(".bubble.is-operator")).to_have_count(1)

    expect(page.locator("#composer textarea")).to_have_value("Недописанное")
    assert Delivery.objects.get().text == "Батарея есть."
    assert Draft.objects.get().fate == DraftFate.ACCEPTED


def test_what_was_typed_beside_the_conversation_outlives_a_refresh(
    page: Page, conversation: Conversation
) -> None:
    page.locator("#panel textarea[name=note]").fill("Постоянный клиент")
    page.locator("#feed").click()
    the_client_writes(conversation, "Ау!")
    expect(page.locator(".bubble.is-client")).to_have_count(2)

    expect(page.locator("#panel textarea[name=note]")).to_have_value("Постоянный клиент")
    page.locator("#panel form[action$='/contact/'] button").click()
    expect(page.locator("#panel textarea[name=note]")).to_have_text("Постоянный клиент")


def test_what_was_unfolded_stays_so_when_the_client_writes(page: Page, conversation: Conversation) -> None:
    the_client_writes(conversation, "слово " * 2000)
    page.locator(".bubble-whole summary").click()
    page.evaluate("document.querySelector('#feed .bubble').marked = true")
    the_client_writes(conversation, "Ау!")
    expect(page.locator(".bubble.is-client")).to_have_count(3)

    expect(page.locator(".bubble-whole")).to_have_attribute("open", "")
    assert page.evaluate("document.querySelector('#feed .bubble').marked") is True


def test_who_is_signed_out_keeps_what_they_typed(page: Page) -> None:
    page.route(re.compile("/live/"), lambda route: route.abort())  # sending comes before the next look
    page.locator("#composer textarea").fill("Добрый день!")
    Session.objects.all().delete()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".composer-note")).to_have_class(re.compile("is-bad"))

    expect(page.locator("#composer textarea")).to_have_value("Добрый день!")
    assert Delivery.objects.count() == 0


def test_who_is_signed_out_is_led_to_sign_in(page: Page) -> None:
    Session.objects.all().delete()
    expect(page).to_have_url(re.compile("/login/.*next=/admin/desk/"))


def test_after_signing_in_again_elsewhere_the_old_page_still_sends(
    page: Page, context: BrowserContext, live_server: LiveServer
) -> None:
    second = context.new_page()
    page.route(re.compile("/live/"), lambda route: route.abort())
    context.clear_cookies()
    second.goto(f"{live_server.url}/admin/login/?next=/admin/desk/")
    second.fill("input[name=username]", "anna")
    second.fill("input[name=password]", "pass-word-1")
    second.click("button[type=submit]")
    expect(second.locator(".desk-list")).to_be_visible()
    page.locator("#composer textarea").fill("Добрый день!")
    page.locator("#composer button[type=submit]").click()
    expect(page.locator("#composer textarea")).to_have_value("")

    assert Delivery.objects.get().text == "Добрый день!"


def test_the_composer_counts_down_and_sends_nothing_too_long(page: Page) -> None:
    limit, box, left = (
        webchat.LIMITS.text,
        page.locator("#composer textarea"),
        page.locator(".composer-left"),
    )
    box.fill("х" * (limit // 2))
    expect(left).to_have_text("")
    box.fill("х" * (limit - 7))
    expect(left).to_have_text(re.compile(r"\b7\b"))
    box.fill("х" * (limit + 5))
    expect(left).to_have_text(re.compile(r"\b5\b"))
    page.keyboard.press("Control+Enter")
    expect(page.locator(".composer-note")).to_have_class(re.compile("is-bad"))

    assert len(box.input_value()) == limit + 5
    assert Delivery.objects.count() == 0


def test_nothing_is_counted_where_a_service_splits_what_is_long(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webchat, "LIMITS", replace(webchat.LIMITS, splits=True))
    page.reload()
    page.locator("#composer textarea").fill("Добрый день!")

    expect(page.locator("#composer textarea")).not_to_have_attribute("data-limit", re.compile("."))
    expect(page.locator(".composer-left")).to_have_text("")


def test_what_a_campaign_sent_stands_on_our_side(page: Page, conversation: Conversation) -> None:
    now = timezone.now()
    Message.objects.create(
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        author=Author.CAMPAIGN,
        text="Мы переехали",
        sent_at=now,
        received_at=now,
    )
    page.reload()
    said, feed = page.locator(".bubble.is-campaign").bounding_box(), page.locator("#feed").bounding_box()

    assert said
    assert feed
    assert said["x"] > feed["x"] + feed["width"] / 2


def test_a_double_click_adds_one_device(page: Page) -> None:
    page.locator("[data-key=add-device] summary").click()
    page.locator("[data-key=add-device] [name=model]").fill("iPhone 14")
    page.locator("[data-key=add-device] button").dblclick()
    expect(page.locator(".device")).to_have_count(1)
    drain()

    assert Device.objects.count() == 1
    assert Device.objects.get().model == "iPhone 14"


def test_a_refusal_without_its_reason_says_so_and_is_tried_again(page: Page) -> None:
    form = page.locator("#panel form:has(select[name=status])")
    form.locator("select").select_option("rejected")
    form.get_by_role("button").click()
    expect(page.locator(".form-error")).to_be_visible()
    form.locator("[name=reason]").fill("Дорого")
    form.get_by_role("button").click()

    expect(form.locator("[name=reason]")).to_have_attribute("value", "Дорого")
    expect(form.locator("select")).to_have_value("rejected")
    expect(page.locator(".form-error")).to_have_count(0)
    assert Appeal.objects.get().rejection_reason == "Дорого"


def test_a_conversation_is_left_unread_to_come_back_to(page: Page, conversation: Conversation) -> None:
    page.locator("[data-unread]").click()
    expect(page.locator(".desk-item.is-unread")).to_have_count(1)
    expect(page.locator("[data-choose]")).to_have_count(1)


def test_the_focus_stays_in_a_list_that_changes(
    page: Page, conversation: Conversation, routed: Routed, live_server: LiveServer
) -> None:
    other = routed("Другой клиент")
    page.goto(f"{live_server.url}/admin/desk/")
    page.locator(f"#c{conversation.pk}").focus()
    the_client_writes(conversation, "Снова я")
    expect(page.locator(".desk-row").first).to_contain_text("Снова я")

    expect(page.locator(f"#c{conversation.pk}")).to_be_focused()
    expect(page.locator(f"#c{other.pk}")).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(2\)"))
    answered(conversation)
    expect(page.locator("[data-count=waiting]")).to_have_text("1")
    # Answered by somebody, not read by this operator.
    expect(page).to_have_title(re.compile(r"^\(2\)"))


def test_countdowns_go_by_the_servers_clock(
    context: BrowserContext, live_server: LiveServer, visit: Callable[..., str]
) -> None:
    visit("Здравствуйте!")
    drain()
    page = context.new_page()
    page.clock.install(time=timezone.now() + timedelta(minutes=10))
    page.goto(f"{live_server.url}/admin/desk/{Conversation.objects.get().pk}/")
    page.clock.run_for(1000)

    expect(page.locator("#batch [data-countdown]")).to_have_text(re.compile(r"0:\d\d"))


@pytest.mark.parametrize("path", ["", "{pk}/"])
def test_on_a_phone_nothing_is_cut_off(
    browser: Browser, live_server: LiveServer, desk: Client, conversation: Conversation, path: str
) -> None:
    the_client_writes(conversation, "Ж" * 500)
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    sign_in(context, live_server, desk)
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/desk/{path.format(pk=conversation.pk)}")

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if path:
        box = page.locator("#composer button[type=submit]").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 740
        size = "parseFloat(getComputedStyle(document.querySelector('#composer textarea')).fontSize)"
        assert page.evaluate(size) >= 16  # below that Safari zooms into the field
    context.close()


def test_a_file_goes_with_its_words_and_leaves_the_composer_empty(
    context: BrowserContext, live_server: LiveServer, arrive: Callable[..., None], bot_peer: TelegramPeer
) -> None:
    arrive("text")
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/desk/{Conversation.objects.get().pk}/")
    page.locator("#composer input[type=file]").set_input_files(
        {"name": "экран.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    expect(page.locator(".composer-file")).to_contain_text("экран.jpg")
    page.locator("#composer textarea").fill("Вот экран")
    page.keyboard.press("Control+Enter")

    expect(page.locator(".bubble.is-operator .file")).to_contain_text("экран.jpg")
    expect(page.locator(".composer-file")).to_be_hidden()
    expect(page.locator("#composer textarea")).to_have_value("")
    drain()
    expect(page.locator(".bubble.is-operator img")).to_be_visible()
    assert (bot_peer.sent[0]["caption"], bot_peer.sent[0]["photo"].filename) == ("Вот экран", "экран.jpg")


def test_a_certain_message_is_answered_and_shown_above_the_answer(
    context: BrowserContext, live_server: LiveServer, arrive: Callable[..., None]
) -> None:
    arrive("text", text="Сколько стоит экран?")
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/desk/{Conversation.objects.get().pk}/")
    page.locator("[data-reply]").click()
    strip = page.locator(".composer-quote")
    expect(strip).to_contain_text("Сколько стоит экран?")
    page.locator("[data-quote-off]").click()
    expect(strip).to_be_hidden()

    page.locator("[data-reply]").click()
    page.locator("#composer textarea").fill("9000 рублей")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.is-operator .bubble-quote")).to_have_text("Сколько стоит экран?")
    expect(strip).to_be_hidden()
    assert Delivery.objects.get().reply_to
