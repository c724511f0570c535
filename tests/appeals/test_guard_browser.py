"""The number guard and dictated replies in a real browser, with a microphone that beeps."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.models import Author, Conversation, Dictation, DictationFate, Draft, DraftFate, Message
from apps.channels.models import Delivery
from apps.integrations.connecting import connect
from apps.tenants.models import Tenant
from tests.appeals.drafts import proposed
from tests.chromium import FAKE_MEDIA, chromium, lose_confirmation
from tests.peers.anthropic import AnthropicPeer
from tests.peers.openai import OpenAIPeer
from tests.work import drain

Routed = Callable[..., Conversation]
Open = Callable[..., Page]

pytestmark = pytest.mark.django_db(transaction=True)

INVENTED = "Здравствуйте! Батарея стоит 3900 рублей, приезжайте завтра."
SAID = "да конечно замена батареи три пять завтра можете приехать"
LETTER = "Здравствуйте, Иван! Замена батареи стоит 3500 рублей. Вы можете приехать завтра."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(*FAKE_MEDIA) as browser:
        yield browser


@pytest.fixture
def conversation(routed: Routed, settings: Any, tmp_path: Path) -> Conversation:
    settings.MEDIA_ROOT = tmp_path
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    return routed("Сколько стоит батарея? Могу завтра")


@pytest.fixture
def open_desk(
    browser: Browser, live_server: LiveServer, desk: Client, conversation: Conversation
) -> Iterator[Open]:
    contexts, errors = [], []

    def go(*, width: int = 1280, height: int = 800, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="ru-RU", **options)
        contexts.append(context)
        context.set_default_timeout(15_000)
        cookie = desk.cookies[django_settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{live_server.url}/admin/desk/{conversation.pk}/")
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def peers(shop: Tenant, conversation: Conversation) -> Iterator[tuple[OpenAIPeer, AnthropicPeer]]:
    with OpenAIPeer() as openai, AnthropicPeer() as claude:
        openai.says, claude.reply = SAID, LETTER
        for name, peer in (("openai", openai), ("anthropic", claude)):
            connect(tenant=shop, connector=name, values={"api_key": peer.key, "base_url": peer.url})
        yield openai, claude


def shoot(page: Page, name: str) -> None:
    """For a person who wants to see it: with SHOTS naming a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def dictate(page: Page) -> None:
    page.locator("#dictate").click()
    expect(page.locator("#dictating b")).to_have_text("0:01")
    shoot(page, "recording")
    page.locator("[data-dictate-stop]").click()
    expect(page.locator(".dictation [role=status]")).to_be_visible()


def test_an_invented_price_cannot_be_sent_by_one_click_but_by_a_person_who_answers_for_it(
    open_desk: Open, conversation: Conversation
) -> None:
    proposed(conversation, INVENTED)
    page = open_desk()
    expect(page.locator(".figure.is-unproven")).to_have_text("3900 рублей")
    expect(page.locator(".figure.is-client")).to_have_text("завтра")
    expect(page.locator("[data-draft-send]")).to_be_disabled()
    shoot(page, "draft")
    page.locator("[data-draft-edit]").click()
    expect(page.locator("#composer textarea")).to_have_value(INVENTED)
    vouch = page.locator(".composer-vouch")
    expect(vouch).to_contain_text("3900 рублей")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".composer-note")).to_contain_text("Никто не называл")
    shoot(page, "vouch")
    assert Delivery.objects.count() == 0

    vouch.locator("input").check()
    page.locator("#composer button[type=submit]").click()
    expect(page.locator(".bubble.is-operator")).to_have_count(1)
    assert Draft.objects.get().fate == DraftFate.VOUCHED


def test_correcting_the_price_needs_no_vouching(open_desk: Open, conversation: Conversation) -> None:
    proposed(conversation, INVENTED)
    page = open_desk()
    page.locator("[data-draft-edit]").click()
    page.locator("#composer textarea").fill(INVENTED.replace("3900", "3700"))
    expect(page.locator(".composer-vouch")).to_be_hidden()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.is-operator")).to_have_count(1)
    assert Draft.objects.get().fate == DraftFate.EDITED


def test_a_draft_is_thrown_away_when_the_client_writes(
    open_desk: Open,
    conversation: Conversation,
    client: Client,
    peers: tuple[OpenAIPeer, AnthropicPeer],
    visit: Callable[..., str],
) -> None:
    token = visit("Здравствуйте!")
    drain()
    page = open_desk()
    fresh = Conversation.objects.latest("pk")
    fresh.batches.update(due_at=fresh.batches.get().opened_at)
    drain()
    page.goto(page.url.replace(f"/{conversation.pk}/", f"/{fresh.pk}/"))
    expect(page.locator(".draft-text")).to_contain_text("Здравствуйте, Иван!")
    visit("Уже не надо", token=token)
    drain()
    expect(page.locator(".bubble.is-client")).to_have_count(2)
    expect(page.locator("[data-draft]")).to_have_count(0)
    assert Draft.objects.get().fate == DraftFate.OUTDATED


def test_a_reply_is_dictated_looked_over_and_sent(
    open_desk: Open, peers: tuple[OpenAIPeer, AnthropicPeer]
) -> None:
    page = open_desk()
    dictate(page)
    page.reload()  # nothing of it is the page's alone
    expect(page.locator(".dictation [role=status]")).to_be_visible()
    drain()
    expect(page.locator(".dictation")).to_contain_text(SAID)
    expect(page.locator(".dictation .figure")).to_have_text(["3500 рублей", "завтра"])
    shoot(page, "dictation")
    sound = page.locator(".dictation-sound audio")
    assert sound.evaluate("async (sound) => { sound.muted = true; await sound.play(); return !sound.error; }")

    page.get_by_role("button", name="Отправить письмо").click()
    expect(page.locator(".bubble.is-operator .bubble-text")).to_have_text(LETTER)
    expect(page.locator("[data-dictation]")).to_have_count(0)
    assert Delivery.objects.get().text == LETTER


def test_the_answer_box_stays_on_a_small_screen_beside_a_draft_and_a_letter(
    open_desk: Open, conversation: Conversation, peers: tuple[OpenAIPeer, AnthropicPeer]
) -> None:
    proposed(conversation, f"{INVENTED} {INVENTED} {INVENTED}")
    page = open_desk(width=1366, height=650)
    page.locator("#dictate").press("Enter")
    expect(page.locator("#dictating b")).to_have_text("0:01")
    page.locator("[data-dictate-stop]").press("Enter")
    expect(page.locator(".dictation [role=status]")).to_be_visible()
    expect(page.locator("#dictate")).to_be_focused()
    drain()
    # One's own letter comes first.
    expect(page.get_by_role("button", name="Отправить письмо")).to_be_in_viewport(ratio=1)
    expect(page.locator("#composer button[type=submit]")).to_be_in_viewport(ratio=1)
    shoot(page, "letter-small")


def test_an_invented_price_of_a_letter_is_only_put_into_the_answer(
    open_desk: Open, peers: tuple[OpenAIPeer, AnthropicPeer]
) -> None:
    peers[1].reply = LETTER.replace("3500", "3900")
    page = open_desk(width=390, height=844, has_touch=True, is_mobile=True)
    page.locator("#composer textarea").fill("Добрый день!")
    dictate(page)
    drain()
    expect(page.get_by_role("button", name="Отправить письмо")).to_be_disabled()
    shoot(page, "dictation-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[data-dictation-insert]").click()
    expect(page.locator("#composer textarea")).to_have_value(re.compile("^Добрый день!\n.*3900 рублей"))
    expect(page.locator("[data-dictation]")).to_have_count(0)
    assert Dictation.objects.get().fate == DictationFate.INSERTED
    # Nobody named it there, either: it goes when the operator answers for it, also after a reload.
    page.reload()
    vouch = page.locator(".composer-vouch")
    expect(vouch).to_contain_text("3900 рублей")
    page.locator("#composer button[type=submit]").click()
    expect(page.locator(".composer-note")).to_contain_text("Никто не называл «3900 рублей»")
    assert Delivery.objects.count() == 0

    vouch.locator("input").check()
    page.locator("#composer button[type=submit]").click()
    expect(page.locator(".bubble.is-operator")).to_have_count(1)
    expect(vouch).to_be_hidden()


def test_a_recording_that_could_not_be_sent_is_kept_and_sent_once(
    open_desk: Open, peers: tuple[OpenAIPeer, AnthropicPeer]
) -> None:
    page = open_desk()
    lose_confirmation(page, "/dictations/$")
    page.locator("#dictate").click()
    expect(page.locator("#dictating b")).to_have_text("0:01")
    page.locator("[data-dictate-stop]").click()
    expect(page.locator("#dictated")).to_be_visible()
    page.locator("[data-dictate-again]").click()
    expect(page.locator("#dictated")).to_be_hidden()
    expect(page.locator("[data-dictation]")).to_have_count(1)
    assert Dictation.objects.count() == 1


def test_who_has_no_ai_that_listens_is_told_so(open_desk: Open) -> None:
    page = open_desk()
    page.locator("#dictate").click(force=True)  # it is marked as disabled, and tells why
    expect(page.locator(".composer-note")).to_contain_text("не подключ")


def test_what_the_ai_sent_by_itself_is_marked(open_desk: Open, conversation: Conversation) -> None:
    Message.objects.create(
        tenant=conversation.tenant,
        conversation=conversation,
        author=Author.AI,
        text="Добрый вечер!",
        sent_at=conversation.last_message_at,
    )
    proposed(conversation, INVENTED)
    page = open_desk(color_scheme="dark")
    expect(page.locator(".bubble.is-ai")).to_contain_text("ИИ")
    shoot(page, "dark")
