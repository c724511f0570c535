"""Fills one tenant with invented calls of a year, by the database itself: 200 000 in a minute or two."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from psycopg.types.json import Jsonb

from apps.appeals.demo_data import words
from apps.appeals.demo_data.inserting import insert, next_id, run
from apps.callanalysis.figures.rolling import roll_up
from apps.callanalysis.models import (
    Call,
    Checklist,
    ChecklistVersion,
    Correction,
    Mark,
    Office,
    SalesManager,
    Scorecard,
    Transcript,
)
from apps.callanalysis.publishing import in_force, put_in_force, stage
from apps.tenants.models import Tenant

OFFICES = ("Центр", "На Мира", "У вокзала", "Северный", "Заречье")
FUNNELS = (("f1", "Ремонт"), ("f2", "Продажа"), ("f3", "Гарантия"))
STAGES = ("new", "diagnostics", "agreed", "won", "lost")
FIRST_CALL = (
    ("Приветствие", "Назвал себя и компанию", 1, False),
    ("Имя клиента", "Спросил, как обращаться", 1, False),
    ("Выявление потребности", "Спросил об устройстве и что с ним случилось", 3, False),
    ("Цена", "Назвал цену или вилку цен", 3, True),
    ("Срок", "Назвал срок ремонта", 2, False),
    ("Гарантия", "Сказал о гарантии", 1, False),
    ("Работа с возражением", "Ответил на сомнение клиента", 2, False),
    ("Допродажа", "Предложил чехол, стекло или чистку", 1, False),
    ("Запись", "Договорился о времени визита", 3, True),
    ("Прощание", "Поблагодарил и попрощался", 1, False),
)
AGAIN = (
    ("Приветствие", "Назвал себя и компанию", 1, False),
    ("Готовность", "Сказал, что с заказом", 3, True),
    ("Оплата", "Напомнил о сумме и способах оплаты", 2, False),
    ("Отзыв", "Попросил отзыв", 1, False),
)
SAID = (
    ("manager", "Сервисный центр, здравствуйте, меня зовут Анна."),
    ("client", "Здравствуйте, разбил экран, сколько будет стоить замена?"),
    ("manager", "Замена дисплея восемь тысяч девятьсот рублей, сделаем за день."),
    ("client", "А гарантия есть?"),
    ("manager", "Да, полгода. Записать вас на завтра к десяти?"),
    ("client", "Хорошо, приеду. Спасибо!"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    calls: int
    managers: int


def fill(*, tenant: Tenant, size: Size) -> None:
    """What is there already stays. Nothing is sent or asked anywhere: all of it is over."""
    with transaction.atomic():
        run("SELECT setseed(0.25)")
        managers = _people(tenant, size.managers)
        first = _checklist(tenant, "Первый звонок", FIRST_CALL)
        again = _checklist(tenant, "Повторный звонок", AGAIN)
        _calls(tenant, managers, size.calls)
        _transcripts(tenant)
        _scorecards(tenant, first, "true")
        _scorecards(tenant, again, "funnel <> 'f1'")
        run("DROP TABLE demo_call")
    while roll_up(tenant.pk):
        pass


def _people(tenant: Tenant, count: int) -> list[int]:
    """Each in an office; one of twenty in two."""
    names = [one.split() for one in words.NAMES]
    made = [
        SalesManager.objects.get_or_create(
            tenant=tenant,
            external_id=f"demo-{n}",
            defaults={"name": names[n * 7 % len(names)][0], "surname": names[n * 7 % len(names)][1]},
        )[0]
        for n in range(count)
    ]
    for place, title in enumerate(OFFICES):
        office, _made = Office.objects.get_or_create(
            tenant=tenant, external_id=f"demo-{place}", defaults={"title": title}
        )
        office.managers.add(
            *(one for n, one in enumerate(made) if place in (n % 5, n // 20 if not n % 20 else -1))
        )
    return [one.pk for one in made]


def _checklist(tenant: Tenant, name: str, stages: Any) -> ChecklistVersion:
    checklist, _made = Checklist.objects.get_or_create(tenant=tenant, name=name)
    items = [
        stage(id=f"stage_{place}", name=title, criterion=criterion, weight=weight, critical=critical)
        for place, (title, criterion, weight, critical) in enumerate(stages, start=1)
    ]
    put_in_force(owner=checklist, items=items, user=None)
    found: ChecklistVersion = in_force(checklist)
    return found


def _calls(tenant: Tenant, managers: list[int], count: int) -> None:
    """More of late than a year ago; by day more than in the evening."""
    run(
        f"""CREATE TEMP TABLE demo_call AS SELECT n, {next_id(Call)} AS call,
            pool.managers[1 + floor(random() ^ 1.3 * cardinality(pool.managers))::int] AS manager,
            1 + floor(random() * 3)::int AS pick, random() AS luck, random() AS skill,
            round((20 + 600 * random() ^ 3)::numeric, 1) AS seconds,
            date_trunc('day', now() - interval '365 days' * random() ^ 1.2)
                + interval '7 hours' + interval '11 hours' * random() AS at
        FROM generate_series(1, %s) AS n, (SELECT %s::bigint[] AS managers) AS pool""",
        (count, managers),
    )
    run("UPDATE demo_call SET at = at - interval '1 day' WHERE at > now()")
    run("ALTER TABLE demo_call ADD COLUMN funnel text, ADD COLUMN outcome text")
    run(
        """UPDATE demo_call SET funnel = (%s::text[])[pick], outcome = CASE
            WHEN luck < 0.08 THEN 'skipped' WHEN luck < 0.11 THEN 'voicemail' WHEN luck < 0.12 THEN 'silence'
            WHEN luck < 0.125 THEN 'unreadable' WHEN luck < 0.135 THEN 'failed' ELSE 'analysed' END""",
        ([one for one, _name in FUNNELS],),
    )
    insert(
        Call,
        {
            "tenant_id": str(tenant.pk),
            "id": "call",
            "sales_manager_id": "manager",
            "external_id": "'demo-' || gen_random_uuid()",
            "task_id": "'task_' || replace(gen_random_uuid()::text, '-', '')",
            "deal_id": "'deal-' || 1 + n / 3",
            "deal_stage_id": f"({_texts(STAGES)})[1 + mod(n, {len(STAGES)})]",
            "stage_id": "funnel",
            "stage_name": f"({_texts([name for _id, name in FUNNELS])})[pick]",
            "seconds": "seconds",
            "received_at": "at",
            "finished_at": "at + interval '3 minutes'",
            "stage": "CASE WHEN outcome = 'failed' THEN 'received' ELSE 'done' END",
            "outcome": "outcome",
            "state": "CASE WHEN outcome = 'failed' THEN 'failed' ELSE 'done' END",
            "error_code": "CASE WHEN outcome = 'failed' THEN 'http_410' ELSE '' END",
            "channels": "2",
            "has_sides": "true",
        },
        "demo_call",
    )


def _texts(values: Any) -> str:
    return "ARRAY[" + ", ".join(f"'{one}'" for one in values) + "]"


def _transcripts(tenant: Tenant) -> None:
    """One of six was recorded in one channel: who is who is not known."""
    lines = ", ".join(
        f"jsonb_build_object('start', {6 * n}, 'end', {6 * n + 5}, 'speaker', '{who}', 'text', '{text}')"
        for n, (who, text) in enumerate(SAID)
    )
    known = """jsonb_build_object('silence', round((seconds * (0.05 + luck * 0.2))::numeric, 1))
        || CASE WHEN mod(n, 6) = 0 THEN '{}' ELSE jsonb_build_object(
            'talk_ratio', round((0.35 + 0.4 * skill)::numeric, 3),
            'talk', jsonb_build_object('manager', round(seconds * 0.5, 1), 'client', round(seconds * 0.4, 1)),
            'longest_monologue', jsonb_build_object('manager', round(seconds * 0.2, 1), 'client', 8.5),
            'interruptions', jsonb_build_object('manager', mod(n, 4), 'client', mod(n, 3)),
            'questions', jsonb_build_object('manager', mod(n, 9), 'client', mod(n, 5)),
            'patience', 0.7) END"""
    insert(
        Transcript,
        {
            "tenant_id": str(tenant.pk),
            "call_id": "call",
            "language": "'ru'",
            "segments": f"jsonb_build_array({lines})",
            "text": "'" + "\n".join(text for _who, text in SAID) + "'",
            "figures": known,
            "created_at": "at",
        },
        "demo_call WHERE outcome IN ('analysed', 'voicemail')",
    )


def _scorecards(tenant: Tenant, version: ChecklistVersion, taken: str) -> None:
    """Of ten marks some seven are fulfilled; of fifty people have looked at one."""
    run(
        f"""CREATE TEMP TABLE demo_card AS SELECT {next_id(Scorecard)} AS card, call, n, at, skill
        FROM demo_call WHERE outcome = 'analysed' AND {taken}"""
    )
    own = {"tenant_id": str(tenant.pk)}
    insert(
        Scorecard,
        {
            **own,
            "id": "card",
            "call_id": "call",
            "checklist_id": str(version.checklist_id),
            "version_id": str(version.pk),
            "state": "'done'",
            "finished_at": "at",
            "percentage": "0",
        },
        "demo_card",
    )
    run(
        f"""CREATE TEMP TABLE demo_mark AS SELECT {next_id(Mark)} AS mark, card, at, place,
            items[place] AS item,
            CASE WHEN luck < 0.07 THEN NULL
                WHEN random() < 0.25 + 0.5 * skill + 0.03 * mod(place * 7, 11) THEN 1 ELSE -1 END AS said,
            luck < 0.04 AS is_unproven, random() < 0.02 AS is_checked, random() AS opinion
        FROM (SELECT *, random() AS luck FROM demo_card, generate_series(1, %s) AS place) AS each,
            (SELECT %s::jsonb[] AS items) AS asked""",
        (len(version.items), _jsonb(version.items)),
    )
    human = "CASE WHEN opinion < 0.8 THEN said WHEN said = 1 THEN -1 ELSE 1 END"
    insert(
        Mark,
        {
            **own,
            "id": "mark",
            "scorecard_id": "card",
            "position": "place - 1",
            "stage_id": "item ->> 'id'",
            "stage_name": "item ->> 'name'",
            "criterion": "item ->> 'criterion'",
            "weight": "(item ->> 'weight')::smallint",
            "is_critical": "(item ->> 'critical')::boolean",
            "said": "said",
            "status": "CASE said WHEN 1 THEN 'completed' WHEN -1 THEN 'failed' ELSE "
            "CASE WHEN is_unproven THEN 'not_proven' ELSE 'cannot_judge' END END",
            "comment": "'Так прозвучало в разговоре.'",
            "human": f"CASE WHEN is_checked THEN {human} END",
            "score": f"CASE WHEN is_checked THEN {human} ELSE said END",
            "corrected_at": "CASE WHEN is_checked THEN at + interval '1 day' END",
        },
        "demo_mark",
    )
    insert(
        Correction,
        {
            **own,
            "mark_id": "mark",
            "by_ai": "to_jsonb(said)",
            "by_human": f"to_jsonb({human})",
            "reason": "'Слышно в записи'",
            "at": "at + interval '1 day'",
        },
        "demo_mark WHERE is_checked",
    )
    run(
        """UPDATE callanalysis_scorecard AS card SET total_score = told.total, max_score = told.judged,
            percentage = told.percentage, failed_critical = told.is_critical, not_proven = told.not_proven
        FROM (
            SELECT scorecard_id, coalesce(sum(score), 0) AS total, count(score) AS judged,
                round(100.0 * coalesce(sum(weight) FILTER (WHERE score = 1), 0)
                    / nullif(sum(weight) FILTER (WHERE score IS NOT NULL), 0), 2) AS percentage,
                coalesce(bool_or(is_critical AND score = -1), false) AS is_critical,
                count(*) FILTER (WHERE corrected_at IS NULL AND status = 'not_proven') AS not_proven
            FROM callanalysis_mark WHERE scorecard_id IN (SELECT card FROM demo_card)
            GROUP BY scorecard_id
        ) AS told WHERE told.scorecard_id = card.id"""
    )
    run("DROP TABLE demo_card, demo_mark")


def _jsonb(items: Any) -> list[Any]:
    return [Jsonb(one) for one in items]
