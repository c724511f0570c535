"""A call's own page: its words beside the recording, its figures in words, and what is the matter with it."""

import html
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.appeals.models import Access
from apps.callanalysis.admin.call_page.drawing import draw
from apps.callanalysis.admin.call_page.figures import figures_in_words, no_figures
from apps.callanalysis.jobs import sweep_recordings
from apps.callanalysis.measuring import measure
from apps.callanalysis.models import AnalysisSettings, Call, CallOutcome, Transcript, Waveform
from apps.callanalysis.moving import end
from apps.core.models import State
from apps.tenants.membership import add_member
from apps.tenants.models import Role
from tests.callanalysis.talks import SECONDS, WORDS, talked
from tests.callanalysis.tones import talk
from tests.work import drain

pytestmark = pytest.mark.django_db


def address(call: Call) -> str:
    return f"/admin/callanalysis/call/{call.pk}/change/"


def sound(call: Call) -> str:
    return f"/admin/callanalysis/call/{call.pk}/recording/"


@pytest.fixture
def call(tenant_a):
    return talked(tenant_a)


@pytest.fixture
def page(boss, signed_in):
    def show(call: Call, who=boss) -> str:
        return html.unescape(signed_in(who).get(address(call)).content.decode())

    return show


# --- what is there


def test_the_words_stand_at_their_seconds_with_their_speakers(call, page):
    shown = page(call)
    expected = ["Менеджер", "Клиент", 'data-second="12.00"', "0:12", "Иванова Анна"]
    for text in (*(text for _, text in WORDS), *expected):
        assert text in shown
    assert f'data-seconds="{SECONDS:.2f}"' in shown


def test_what_was_said_is_text_and_nothing_else(call, page, boss, signed_in):
    evil = '<img src=x onerror="alert(1)">'
    segments = [{"start": 3725, "end": 3726, "speaker": "A", "text": evil}]
    Transcript.objects.update(segments=segments, figures={})
    answer = signed_in(boss).get(address(call)).content.decode()
    assert "1:02:05" in answer
    assert "Голос A" in answer
    assert html.escape(evil) in answer
    assert evil not in answer
    Transcript.objects.update(segments=[], figures={})
    assert "Слов пока нет" in page(call)


def test_figures_are_said_in_words(call, page):
    shown = page(call)
    assert "менеджер 50 %, клиент 50 %" in shown
    assert "менеджер – 0:03, клиент – 0:03" in shown
    assert "менеджер – 0 раз, клиент – 0 раз" in shown
    assert "0:04, это 25 % записи" in shown
    assert "менеджер – 2 вопроса, клиент – 1 вопрос" in shown
    assert "обычно через 1,0 с" in shown


def test_where_figures_are_lacking_it_says_why():
    one = [{"start": 0, "end": 5, "speaker": "", "text": "а"}]
    two = [{"start": n, "end": n + 1, "speaker": "AB"[n % 2], "text": "а"} for n in range(4)]
    assert "в стерео" in no_figures(measure(one, seconds=6))
    assert "в стерео" in no_figures(measure(two, seconds=6))
    assert [figure.title for figure in figures_in_words(measure(one, seconds=6), seconds=6)] == ["Молчание"]
    assert "Голос A – 0:02, Голос B – 0:02" in [
        figure.text for figure in figures_in_words(measure(two, seconds=6), seconds=6)
    ]
    assert "измерить нечего" in no_figures({})
    alone = [{"start": 0, "end": 5, "speaker": "manager", "text": "а"}]
    assert "одна из двух" in no_figures(measure(alone, seconds=6))


def test_the_deal_leads_to_the_crm_and_to_its_other_calls(call, page, tenant_a, boss, head):
    assert "Указать, где в вашей CRM" in page(call)
    assert "Указать, где в вашей CRM" not in page(call, head)
    assert "Других нет" in page(call)
    AnalysisSettings.objects.create(tenant=tenant_a, deal_url="https://crm.example.com/d/{deal_id}?x=1")
    Call.objects.filter(pk=call.pk).update(deal_id="a/b?c")
    other, stranger = talked(tenant_a, 2, deal_id="a/b?c"), talked(tenant_a, 3, deal_id="else")
    shown = page(call)
    assert 'href="https://crm.example.com/d/a%2Fb%3Fc?x=1"' in shown
    assert address(other) in shown
    assert address(stranger) not in shown


def test_nobody_sees_calls_of_the_deal_that_are_not_theirs_to_see(call, page, tenant_a):
    member = add_member(tenant=tenant_a, username="anna2", role=Role.OPERATOR, name="Анна")
    call.sales_manager.member = member
    call.sales_manager.save()
    theirs = talked(tenant_a, 2)
    other = Call.objects.create(
        tenant=tenant_a,
        external_id="other",
        deal_id=call.deal_id,
        sales_manager=type(call.sales_manager).objects.create(tenant=tenant_a, external_id="mgr_2"),
    )
    shown = page(call, member)
    assert address(theirs) in shown
    assert address(other) not in shown


# --- what is the matter


def ended(call: Call, outcome: CallOutcome, reason: str = "") -> Call:
    Call.objects.filter(pk=call.pk).update(outcome="", stage="received")
    call.refresh_from_db()
    end(call, outcome, reason)
    return call


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (CallOutcome.SKIPPED, ("Слишком короткий", "«Подключение»", "/connecting/")),
        (CallOutcome.SILENCE, ("никто не говорит", "пишет ли АТС")),
        (CallOutcome.VOICEMAIL, ("автоответчик", "Делать ничего не нужно")),
        (CallOutcome.LANGUAGE, ("на другом языке", "Язык звонков задаётся")),
    ],
)
def test_calls_that_count_apart_say_what_they_are(call, page, outcome, words):
    shown = page(ended(call, outcome, "Причина такая"))
    for text in (*words, "Причина такая"):
        assert text in shown


def test_a_call_that_failed_leads_to_where_it_is_done_again(call, page, head):
    Call.objects.filter(pk=call.pk).update(state=State.FAILED, error_code="http_410", file="")
    ended(call, CallOutcome.FAILED, "Файл удалён.")
    shown = page(call)
    query = "work=callanalysis.Call&state=failed&code=http_410"
    for text in ("не проанализирован", "Файл удалён.", "Повторить", query):
        assert text in shown
    assert sound(call) not in shown
    theirs = page(call, head)
    assert "администратор" in theirs
    assert "/trouble" not in theirs.partition('id="call"')[2]


def test_a_part_that_failed_is_the_one_to_be_done_again(call, page):
    call.parts.update(state=State.FAILED, error_code="lost")
    assert "work=callanalysis.CallPart&state=failed&code=lost" in page(ended(call, CallOutcome.FAILED, "x"))
    call.parts.update(state=State.QUEUED)
    assert "Продолжится само" in page(ended(call, CallOutcome.FAILED, "x"))


def test_a_call_on_its_way_says_what_it_waits_for(call, page):
    Call.objects.filter(pk=call.pk).update(outcome="", stage="transcribing")
    call.parts.update(state=State.RUNNING)
    assert "Ещё в работе" in page(call)
    due = timezone.now() + timedelta(minutes=2)
    call.parts.update(state=State.QUEUED, error_code="no_listener", error_text="No AI", due_at=due)
    shown = page(call)
    assert "Попытка повторится сама" in shown
    Call.objects.filter(pk=call.pk).update(state=State.QUEUED, error_code="http_404")
    assert "По ссылке нет файла" in page(call)


def test_a_recording_that_was_deleted_leaves_all_else(call, page, tenant_a):
    AnalysisSettings.objects.create(tenant=tenant_a, keep_audio_days=30)
    Call.objects.update(received_at=timezone.now() - timedelta(days=40), finished_at=timezone.now())
    sweep_recordings()
    shown = page(call)
    for text in ("Запись удалена", "Срок хранения", WORDS[0][1], "менеджер 50 %"):
        assert text in shown
    assert "<audio" not in shown
    assert "data-second=" not in shown


def test_a_recording_that_breaks_off_says_so(call, page):
    Call.objects.update(remark="Файл обрывается раньше конца.")
    assert "Сказанное дальше не вошло" in page(call)


# --- the recording


def test_the_recording_is_handed_out_in_parts_and_noted_once_an_hour(call, boss, signed_in):
    client = signed_in(boss)
    whole = client.get(sound(call))
    content = b"".join(whole.streaming_content)
    assert (whole.status_code, whole["Content-Type"]) == (200, "audio/mpeg")
    part = client.get(sound(call), headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, content[100:200])
    assert part["Content-Range"] == f"bytes 100-199/{len(content)}"
    (noted,) = Access.objects.all()
    assert (noted.who, noted.kind, noted.tenant) == (boss.name, "recording", call.tenant)
    assert call.external_id in noted.about
    assert client.post(sound(call)).status_code == 405


def test_opening_the_page_alone_is_no_hearing(call, page):
    assert 'preload="none"' in page(call)
    assert not Access.objects.exists()


def test_nobody_else_hears_it(call, stranger, anna, signed_in, client):
    for who in (stranger, anna):
        assert signed_in(who).get(sound(call)).status_code == 302
        assert signed_in(who).get(address(call)).status_code == 302
    assert client.get(sound(call)).status_code == 302
    assert not Access.objects.exists()


def test_a_file_that_is_gone_is_no_error_of_ours(call, boss, signed_in, folder):
    for path in folder.rglob("*.mp3"):
        path.unlink()
    assert signed_in(boss).get(sound(call)).status_code == 404
    Call.objects.update(file="")
    assert signed_in(boss).get(sound(call)).status_code == 404
    assert not Access.objects.exists()


# --- the waveform


def test_the_worker_draws_the_recording_once(receive, page):
    made = receive(talk(turns=2, seconds=2.0))
    drain()
    left, right = Waveform.objects.get(call=made).peaks
    assert len(left) == len(right)
    assert len(left) <= 600
    quarter = len(left) // 4
    # By turns, the manager on the left first.
    turns = [slice(at * quarter + 10, (at + 1) * quarter - 10) for at in range(4)]
    assert [max(left[turn]) > 100 for turn in turns] == [True, False] * 2
    assert [max(right[turn]) > 100 for turn in turns] == [False, True] * 2
    assert "ca-wave-manager" in page(made)


def test_the_manager_is_above_whichever_side_is_theirs():
    peaks = [[255, 0], [0, 255]]
    left, right = AnalysisSettings(manager_side="left"), AnalysisSettings(manager_side="right")
    above = {wave.who: wave.path for wave in draw(peaks, left)}
    assert above == {"manager": "M0 50V2h1V49h1V50Z", "client": "M0 50V51h1V98h1V50Z"}
    assert {wave.who: wave.path for wave in draw(peaks, right)}["manager"] == "M0 50V49h1V2h1V50Z"
    assert [wave.who for wave in draw([[5]], left)] == ["both", "both"]
    assert draw([], left) == []
