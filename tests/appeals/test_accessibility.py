"""The desk for whoever sees little, uses a screen reader or has no mouse: axe finds nothing serious, light or
dark; a working day goes by keys alone, and where the focus is can be seen.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.appeals.demo_data.filling import Size, fill
from apps.appeals.handing_over import hand_over
from apps.appeals.jotting import write_note
from apps.appeals.models import Appeal, CannedReply, Conversation, Device, Mention, Repair
from apps.channels.models import Delivery
from apps.core.models import State
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant
from tests.appeals.drafts import proposed
from tests.chromium import chromium
from tests.peers.telegram import TelegramPeer
from tests.sounds import picture, sound
from tests.work import close_windows, drain

Routed = Callable[..., Conversation]

pytestmark = pytest.mark.django_db(transaction=True)

VOICE = "voice/AwACAgIAAxkBAAIxxx..."
PHOTO = "photos/large"
SERIOUS = ("serious", "critical")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    "resultTypes": ["violations"],
}

# Each, and what is there when it has been drawn.
PAGES = {
    "/admin/": ".db-tiles",
    "/admin/desk/": ".desk-row",
    "/admin/desk/mentions/": ".desk-row",
    "/admin/desk/notifications/": "#wishes",
    "/admin/desk/planned/": "#planned",
    "/admin/desk/{pk}/": ".bubble audio",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def olga(shop: Tenant) -> Member:
    """She sees all that there is."""
    return add_member(tenant=shop, username="olga", role=Role.ADMIN, name="Ольга")


@pytest.fixture
def opened(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    contexts = []

    def go(member: Member, *, scheme: str = "light") -> Page:
        client = Client()
        client.force_login(member.user)
        context = browser.new_context(
            locale="ru-RU",
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": 1280, "height": 900},
            base_url=live_server.url,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        contexts.append(context)
        return context.new_page()

    yield go
    for context in contexts:
        context.close()


@pytest.fixture
def rich(
    shop: Tenant, anna: Member, olga: Member, arrive: Callable[..., None], bot_peer: TelegramPeer
) -> Conversation:
    """A conversation with all that one can have, among many others."""
    bot_peer.files[PHOTO], bot_peer.files[VOICE] = picture(), sound()
    for what in ("text", "photo", "voice"):
        arrive(what)
    close_windows()
    drain()
    talk, appeal = Conversation.objects.get(), Appeal.objects.get()
    device = Device.objects.create(tenant=shop, appeal=appeal, brand="Apple", model="iPhone 14")
    Repair.objects.create(tenant=shop, device=device, repair_type="Замена батареи", price=3500)
    hand_over(appeal=appeal, to=olga, reason="Вы знаете клиента", member=anna, instead_of=None)
    for text in ("@Ольга, спросите цену", "Просто заметка"):
        write_note(conversation=talk, member=anna, text=text, key=uuid.uuid4())
    write_note(conversation=talk, member=olga, text="Своя заметка", key=uuid.uuid4())
    _failed(talk, olga)
    proposed(talk, "Замена стоит 9 900 рублей, готово завтра.")
    Conversation.objects.update(answer_due_at=timezone.now() + timedelta(minutes=5))
    fill(tenant=shop, size=Size(messages=200, appeals=30, operators=3))
    return talk


def _failed(talk: Conversation, member: Member) -> None:
    delivery = Delivery.objects.create(
        tenant=talk.tenant,
        channel=talk.channel,
        external_chat_id=talk.external_chat_id,
        text="3500",
        state=State.FAILED,
        error_code="blocked",
        error_text="Клиент заблокировал бота.",
    )
    talk.messages.create(
        tenant=talk.tenant,
        author="operator",
        operator=member,
        delivery=delivery,
        text="3500",
        sent_at=timezone.now(),
    )


def faults(page: Page) -> list[str]:
    """What is wrong, where, and by how much."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{one['id']}: {node['target']} {' '.join(node['failureSummary'].split())}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_wrong_on_the_pages_of_the_desk(
    opened: Callable[..., Page], rich: Conversation, olga: Member, scheme: str
) -> None:
    page = opened(olga, scheme=scheme)
    wrong = []
    for path, there in PAGES.items():
        page.goto(path.format(pk=rich.pk))
        expect(page.locator(there).first).to_be_visible()
        assert page.evaluate("document.documentElement.classList.contains('dark')") == (scheme == "dark")
        wrong += faults(page)
        page.set_viewport_size({"width": 375, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == 375, path
        page.set_viewport_size({"width": 1280, "height": 900})
    # All that is folded, the note's form, the times to send at, and the list of keys.
    page.evaluate("for (const one of document.querySelectorAll('#talk details')) one.open = true")
    page.locator("[data-writes=note]").click()
    wrong += faults(page)
    page.locator("[data-writes=answer]").click()
    page.locator("#plan-open").click()
    wrong += faults(page)
    page.keyboard.press("Escape")
    page.locator("#canned-open").click()
    wrong += faults(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Клавиши")).to_be_visible()
    wrong += faults(page)
    if wrong:
        pytest.fail("\n".join(dict.fromkeys(wrong)))


def focus_is_seen(page: Page) -> None:
    """By an outline, a ring or a border that is there with the focus alone."""
    look = """() => {
        const one = document.activeElement, style = getComputedStyle(one);
        const now = () => [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor].join();
        const focused = now(), isOutlined = style.outlineStyle !== "none";
        one.blur();
        const differs = now() !== focused;
        one.focus();
        return [one !== document.body && (isOutlined || differs), one.outerHTML.slice(0, 120)];
    }"""
    is_seen, what = page.evaluate(look)
    assert is_seen, what


def test_a_client_is_served_from_the_list_to_the_next_without_a_mouse(
    opened: Callable[..., Page], routed: Routed, shop: Tenant, anna: Member, olga: Member
) -> None:
    first, second = routed("Здравствуйте!"), routed("Добрый день!")
    CannedReply.objects.create(tenant=shop, shortcut="адрес", title="Где мы", text="Лесная, 5, до восьми.")
    page = opened(anna)
    page.goto("/admin/desk/")
    expect(page.locator(".desk-row")).to_have_count(2)

    # The list: the first row, opened.
    page.keyboard.press("j")
    expect(page.locator(f"#c{second.pk}")).to_be_focused()
    focus_is_seen(page)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/desk/{second.pk}/"))

    # Taken, answered with a canned reply.
    page.keyboard.press("a")
    expect(page.locator("#keeper")).to_contain_text("Анна")
    page.keyboard.press("r")
    expect(page.locator("#composer textarea")).to_be_focused()
    focus_is_seen(page)
    page.keyboard.type("/адр")
    expect(page.locator("#canned [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#composer textarea")).to_have_value("Лесная, 5, до восьми.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer textarea")).to_have_value("")
    expect(page.locator("#feed")).to_contain_text("Лесная, 5, до восьми.")

    # A note for a colleague; what there is to press, listed.
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("@Оль")
    page.keyboard.press("Enter")
    page.keyboard.type("клиент зайдёт завтра")
    focus_is_seen(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble.is-note")).to_contain_text("клиент зайдёт завтра")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Клавиши")
    for key in ("R", "/", "N", "A", "H", "S", "U", "J", "K", "G", "Esc"):
        expect(keys.locator("kbd", has_text=re.compile(f"^{key}$")).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#composer textarea")).to_be_focused()
    expect(page.locator("#canned [role=option]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator("#composer textarea").fill("")

    # Every stop on the way through the page is seen; behind the last is the browser itself.
    for _stop in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement !== document.body"):
            focus_is_seen(page)
    page.keyboard.press("Escape")

    # Back to the list, to the next one.
    page.keyboard.press("u")
    page.wait_for_url(re.compile(r"/desk/(\?|$)"))
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator(f"#c{first.pk}")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/desk/{first.pk}/"))
    assert Mention.objects.get().member == olga
    assert Appeal.objects.get(conversation=second).operator == anna


def test_mentions_are_walked_read_and_brought_back_by_keys(
    opened: Callable[..., Page], routed: Routed, anna: Member, olga: Member
) -> None:
    talks = [routed("Здравствуйте!"), routed("Добрый день!")]
    for talk in talks:
        write_note(conversation=talk, member=olga, text="@Анна, гляньте", key=uuid.uuid4())
    page = opened(anna)
    page.goto("/admin/desk/")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url(re.compile("/desk/mentions/"))
    badge = page.locator("[data-badge='/admin/desk/mentions/']")
    expect(badge).to_contain_text("2")
    page.keyboard.press("e")
    expect(page.locator(".desk-item.is-unread")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator(".desk-item.is-unread")).to_have_count(2)
    page.keyboard.press("j")
    focus_is_seen(page)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/desk/{talks[1].pk}/\?note=\d+#n"))
    expect(page.locator(".bubble.is-note")).to_be_in_viewport()
    page.keyboard.press("j")
    page.wait_for_url(re.compile(f"/desk/{talks[0].pk}/"))
    page.keyboard.press("u")
    expect(page.locator(".desk-item")).to_have_count(2)
    expect(page.locator(".desk-item.is-unread")).to_have_count(0)
