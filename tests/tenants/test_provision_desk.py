"""How an organisation's desk works, from its file: days, undoing, targets, the AI's replies, words, tags."""

from datetime import date, time

import pytest

from apps.appeals.models import AutoSending, CannedReply, Recount, Tag, Target
from apps.tenants.models import SpecialDay, Tenant
from tests.tenants.provisioned import desk, rows
from tests.tenants.test_provision import export, names

__all__ = ["desk"]
pytestmark = pytest.mark.django_db
CHANNELS = """\
tenant: {slug: battery, name: Battery Service, undo_seconds: 7}
channels: [{key: site, connector: webchat, undo_seconds: 0}, {key: blog, connector: webchat}]
"""
WHOLE = (
    CHANNELS
    + """\
special_days:
  - {date: 2026-12-31, name: Новый год}
  - {date: 2026-12-30, name: Короткий день, hours: "09:00-15:00"}
targets:
  - {first_answer_minutes: 15, resolution_minutes: 1440}
  - {channel: site, first_answer_minutes: 5, is_round_the_clock: true}
auto_sending:
  - {channel: site, is_on: true, days: [fri, mon], starts_at: 20:00, ends_at: 09:00}
canned_replies:
  - {shortcut: Adres, title: Как нас найти, folder: Общее, text: "{имя|Здравствуйте}, мы тут.",
     channels: [site]}
tags:
  - {name: Гарантия, colour: red}
"""
)


def test_the_file_sets_up_the_desk_and_a_second_run_changes_nothing(desk):
    desk.run(WHOLE)
    tenant = Tenant.objects.get()
    assert tenant.undo_seconds == 7
    assert {one.key: one.undo_seconds for one in tenant.channels.all()} == {"site": 0, "blog": None}
    assert {one.date: one.hours for one in SpecialDay.objects.all()} == {
        date(2026, 12, 30): ["09:00-15:00"],
        date(2026, 12, 31): [],
    }
    targets = {one.channel and one.channel.key: one for one in Target.objects.all()}
    assert (targets[None].first_answer_minutes, targets[None].resolution_minutes) == (15, 1440)
    assert (targets["site"].first_answer_minutes, targets["site"].is_round_the_clock) == (5, True)
    sending = AutoSending.objects.get()
    assert (sending.channel.key, sending.is_on, sending.days) == ("site", True, ["mon", "fri"])
    assert (sending.starts_at, sending.ends_at, sending.tenant) == (time(20), time(9), tenant)
    reply = CannedReply.objects.get()
    assert (reply.shortcut, reply.member, [one.key for one in reply.channels.all()]) == (
        "adres",
        None,
        ["site"],
    )
    assert list(Tag.objects.values_list("name", "colour")) == [("Гарантия", "red")]

    before = rows()
    assert "no changes" in desk.run(WHOLE)
    assert rows() == before


def test_what_is_exported_makes_the_same_elsewhere(desk):
    desk.run(WHOLE)
    first = export()
    assert "no changes" in desk.run(first)
    Tenant.objects.all().delete()
    desk.run(first)
    assert export() == first


def test_a_dry_run_shows_each_and_does_nothing(desk):
    desk.run(CHANNELS)
    before = rows()
    shown = desk.run(WHOLE, "--dry-run")
    for line in (
        "+ special day 2026-12-31: created",
        "+ target of all channels: created",
        "+ target site: created",
        "+ replies by the AI itself site: created",
        "+ canned reply adres: created",
        "+ tag Гарантия: created",
    ):
        assert line in shown
    assert rows() == before


def test_a_field_left_out_stays_and_what_changed_is_told(desk):
    desk.run(WHOLE)
    Recount.objects.all().delete()
    changed = """\
special_days: [{date: 2026-12-30, hours: ["10:00-13:00", "14:00-15:00"]}]
targets: [{channel: site, first_answer_minutes: 3}, {resolution_minutes: null}]
auto_sending: [{channel: site, is_on: false}]
canned_replies: [{shortcut: adres, title: Адрес, text: Мы тут, channels: []}]
tags: [{name: Гарантия, colour: blue}]
"""
    report = desk.run_json(CHANNELS + changed)
    assert [one for one in names(report) if one[0] == "changed"] == [
        ("changed", "special day", "2026-12-30", "hours"),
        ("changed", "target", "site", "first_answer_minutes"),
        ("changed", "target", "of all channels", "resolution_minutes"),
        ("changed", "replies by the AI itself", "site", "is_on"),
        ("changed", "canned reply", "adres", "title", "text", "channels"),
        ("changed", "tag", "Гарантия", "colour"),
    ]
    assert SpecialDay.objects.get(date="2026-12-30").name == "Короткий день"
    assert Target.objects.get(channel__key="site").is_round_the_clock
    assert AutoSending.objects.get().days == ["mon", "fri"]
    # Deadlines that run follow.
    assert Recount.objects.exists()


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        ("special_days: [{date: 31.12.2026}]", "special_days[0].date", "2026-12-31"),
        ("special_days: [{date: 2026-12-31, hours: 9-18}]", "special_days[0].hours", "09:00-20:00"),
        (
            "special_days: [{date: 2026-12-31}, {date: 2026-12-31}]",
            "special_days[1].date",
            "listed twice",
        ),
        ("targets: [{first_answer_minutes: 0}]", "targets[0].first_answer_minutes", "greater than"),
        ("targets: [{is_round_the_clock: true}]", "targets[0]", "Say how soon"),
        (
            "targets: [{channel: nowhere, first_answer_minutes: 1}]",
            "targets[0].channel",
            "no channel «nowhere»",
        ),
        ("targets: [{next_answer_minutes: 1}, {next_answer_minutes: 2}]", "targets[1].channel", "twice"),
        ("auto_sending: [{channel: site, starts_at: 25:00}]", "auto_sending[0].starts_at", "such as 20:00"),
        ("auto_sending: [{channel: site, days: []}]", "auto_sending[0].days", "at least 1"),
        ("auto_sending: [{channel: site, days: [someday]}]", "auto_sending[0].days[0]", "'mon'"),
        ("canned_replies: [{shortcut: a b, title: T, text: T}]", "canned_replies[0].shortcut", "Letters"),
        (
            "canned_replies: [{shortcut: a, title: T, text: '{погода}'}]",
            "canned_replies[0].text",
            "{погода}",
        ),
        (
            "canned_replies: [{shortcut: a, title: T, text: T, channels: [x]}]",
            "canned_replies[0].channels[0]",
            "no channel «x»",
        ),
        ("tags: [{name: Т, colour: pretty}]", "tags[0].colour", "not a valid choice"),
    ],
)
def test_a_mistake_is_told_with_line_and_field_and_nothing_is_applied(desk, line, field, said):
    [(at, name, message)] = desk.errors(CHANNELS + line)
    assert (at, name) == (3, field)
    assert said in message
    assert not Tenant.objects.exists()


def test_another_organisations_channel_is_not_there(desk):
    desk.run(CHANNELS)
    other = "tenant: {slug: other, name: Other}\ntargets: [{channel: site, first_answer_minutes: 5}]"
    [(_line, field, message)] = desk.errors(other)
    assert field == "targets[0].channel"
    assert "no channel" in message
