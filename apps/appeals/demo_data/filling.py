"""Fills one tenant with invented work of a year, by the database itself: a million messages in minutes."""

from dataclasses import dataclass

from django.db import transaction

from apps.appeals.demo_data import words
from apps.appeals.demo_data.inserting import insert, next_id, run
from apps.appeals.models import (
    Appeal,
    AppealTag,
    Contact,
    Conversation,
    Device,
    Identity,
    Message,
    Repair,
    Tag,
)
from apps.appeals.sla.recounting import order
from apps.channels.models import Channel, Delivery
from apps.integrations.connecting import connect
from apps.tenants.membership import add_member
from apps.tenants.models import Member, Role, Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    messages: int
    appeals: int
    operators: int


@transaction.atomic
def fill(*, tenant: Tenant, size: Size) -> None:
    """What is there already stays. Nothing of it is sent anywhere: all of it is over."""
    run("SELECT setseed(0.25)")
    members = _operators(tenant, size.operators)
    _pools(tenant, members, _channels(tenant))
    _chats(tenant, max(1, size.appeals * 7 // 10))
    _appeals(tenant, size.appeals)
    _messages(tenant, size.messages)
    _sum_up()
    _devices(tenant)
    _tags(tenant)
    order(tenant, anew=True)
    run("DROP TABLE demo_pool, demo_chat, demo_appeal, demo_message")


def _operators(tenant: Tenant, count: int) -> list[Member]:
    names = [
        words.OPERATORS[n % len(words.OPERATORS)] + (f" {n // len(words.OPERATORS) + 1}" if n > 9 else "")
        for n in range(count)
    ]
    return [
        add_member(tenant=tenant, username=f"{tenant.slug}-operator-{n}", role=Role.OPERATOR, name=name)
        for n, name in enumerate(names, start=1)
    ]


def _channels(tenant: Tenant) -> list[Channel]:
    made = [
        connect(tenant=tenant, connector="webchat", key=f"demo-{n}", name=name, values={})
        for n, name in enumerate(words.CHANNELS, start=1)
    ]
    return list(Channel.objects.filter(connection__in=made))


def _pools(tenant: Tenant, members: list[Member], channels: list[Channel]) -> None:
    """One row of arrays, so that every choice is an index into one of them."""
    brands, models = zip(*words.DEVICES, strict=True)
    works, prices = zip(*words.WORKS, strict=True)
    run(
        """CREATE TEMP TABLE demo_pool AS SELECT %s::bigint AS tenant, %s::bigint[] AS operators,
            %s::bigint[] AS channels, %s::text[] AS names, %s::text[] AS said,
            %s::text[] AS answered, %s::text[] AS brands, %s::text[] AS models, %s::text[] AS works,
            %s::numeric[] AS prices""",
        (
            tenant.pk,
            [one.pk for one in members],
            [one.pk for one in channels],
            list(words.NAMES),
            words.client_phrases(),
            words.operator_phrases(),
            list(brands),
            list(models),
            list(works),
            list(prices),
        ),
    )


def _any(pool: str) -> str:
    return f"pool.{pool}[1 + floor(random() * cardinality(pool.{pool}))::int]"


def _chats(tenant: Tenant, count: int) -> None:
    run(
        f"""CREATE TEMP TABLE demo_chat AS SELECT n, {next_id(Contact)} AS contact,
            {next_id(Identity)} AS identity, {next_id(Conversation)} AS conversation,
            gen_random_uuid()::text AS chat, {_any("channels")} AS channel,
            {_any("names")} AS name
        FROM generate_series(1, %s) AS n, demo_pool AS pool""",
        (count,),
    )
    run("CREATE INDEX ON demo_chat (n)")
    own = {"tenant_id": str(tenant.pk)}
    phone = "'+79' || lpad(floor(random() * 1e9)::bigint::text, 9, '0')"
    insert(Contact, {**own, "id": "contact", "name": "name", "phone": phone}, "demo_chat")
    # Chat and person share an id, as in most messengers.
    who = {**own, "contact_id": "contact", "channel_id": "channel"}
    insert(Identity, {**who, "id": "identity", "external_user_id": "chat"}, "demo_chat")
    chat = {"id": "conversation", "identity_id": "identity", "external_chat_id": "chat"}
    insert(Conversation, {**who, **chat}, "demo_chat")


def _appeals(tenant: Tenant, count: int) -> None:
    """Every chat has one, some have more; only the latest may still be open, and only a recent one."""
    run(
        f"""CREATE TEMP TABLE demo_appeal AS
        SELECT *, row_number() OVER (PARTITION BY conversation ORDER BY began DESC) = 1 AS is_last FROM (
            SELECT i AS n, {next_id(Appeal)} AS appeal,
                chat.contact, chat.conversation, chat.channel, chat.chat,
                {_any("operators")} AS operator, random() AS luck,
                now() - interval '365 days' * random() * random() - interval '30 minutes' AS began
            FROM generate_series(1, %s) AS i
            JOIN demo_chat AS chat ON chat.n = 1 + mod(i - 1, (SELECT count(*) FROM demo_chat)::int),
                demo_pool AS pool
        ) AS made ORDER BY began""",
        (count,),
    )
    run("CREATE INDEX ON demo_appeal (n)")
    is_open = "(is_last AND began > now() - interval '10 days' AND luck < 0.4)"
    is_new = f"({is_open} AND luck < 0.08)"
    status = f"""CASE WHEN {is_new} THEN 'new' WHEN {is_open} AND luck < 0.24 THEN 'in_progress'
        WHEN {is_open} AND luck < 0.34 THEN 'waiting' WHEN {is_open} THEN 'agreed'
        WHEN luck < 0.55 THEN 'rejected' ELSE 'closed' END"""
    insert(
        Appeal,
        {
            "tenant_id": str(tenant.pk),
            "id": "appeal",
            "contact_id": "contact",
            "conversation_id": "conversation",
            "channel_id": "channel",
            "status": status,
            "operator_id": f"CASE WHEN {is_new} THEN NULL ELSE operator END",
            "rejection_reason": f"CASE WHEN NOT {is_open} AND luck < 0.55 THEN 'Дорого' ELSE '' END",
            "created_at": "began",
            "first_answer_at": f"CASE WHEN {is_new} THEN NULL ELSE began + interval '1 hour' * luck END",
            "closed_at": f"CASE WHEN {is_open} THEN NULL "
            "ELSE least(now(), began + interval '4 days' * luck) END",
        },
        "demo_appeal",
    )


def _messages(tenant: Tenant, count: int) -> None:
    run(
        f"""CREATE TEMP TABLE demo_message AS
        SELECT *, CASE WHEN NOT is_ours THEN NULL ELSE {next_id(Delivery)} END AS delivery
        FROM (
            SELECT i AS n, appeal.appeal, appeal.conversation, appeal.channel, appeal.chat, appeal.operator,
                random() < 0.45 AS is_ours, random() AS luck, 1 + floor(random() * 100000)::int AS pick,
                least(
                    now() - interval '1 minute' * random(),
                    appeal.began + interval '2 days' * random() * random()
                ) AS at
            FROM generate_series(1, %s) AS i
            JOIN demo_appeal AS appeal ON appeal.n = 1 + mod(i - 1, (SELECT count(*) FROM demo_appeal)::int)
        ) AS made ORDER BY at""",
        (count,),
    )
    own = {"tenant_id": str(tenant.pk)}
    # One of five hundred never arrived.
    state = "CASE WHEN luck < 0.002 THEN 'failed' ELSE 'done' END"
    insert(
        Delivery,
        {
            **own,
            "id": "delivery",
            "channel_id": "channel",
            "external_chat_id": "chat",
            "text": "pool.answered[1 + mod(pick, cardinality(pool.answered))]",
            "state": state,
            "error_code": "CASE WHEN luck < 0.002 THEN 'blocked' ELSE '' END",
            "reached": "CASE WHEN luck < 0.002 THEN '' ELSE 'read' END",
            "attempts": "1",
            **dict.fromkeys(("created_at", "due_at", "sent_at", "delivered_at", "read_at"), "at"),
        },
        "demo_message, demo_pool AS pool WHERE is_ours",
    )
    insert(
        Message,
        {
            **own,
            "conversation_id": "conversation",
            "appeal_id": "appeal",
            "delivery_id": "delivery",
            "author": "CASE WHEN is_ours THEN 'operator' ELSE 'client' END",
            "operator_id": "CASE WHEN is_ours THEN operator END",
            "external_message_id": "CASE WHEN is_ours THEN '' ELSE 'demo-' || n END",
            "text": """CASE WHEN is_ours THEN pool.answered[1 + mod(pick, cardinality(pool.answered))]
                ELSE pool.said[1 + mod(pick, cardinality(pool.said))] END""",
            "sent_at": "at",
            "received_at": "at",
        },
        "demo_message, demo_pool AS pool",
    )


def _sum_up() -> None:
    """What a conversation tells of its messages and appeals. In an open one the client's last word waits."""
    run(
        """UPDATE appeals_conversation AS chat SET
            last_message_at = told.last, last_inbound_at = told.inbound, current_appeal_id = told.appeal,
            waiting_since = CASE WHEN told.is_open AND told.inbound = told.last THEN told.inbound END
        FROM (
            SELECT appeal.conversation, max(message.at) AS last,
                max(message.at) FILTER (WHERE NOT message.is_ours) AS inbound,
                max(appeal.appeal) FILTER (WHERE appeal.is_last) AS appeal,
                bool_or(row.status IN ('new', 'in_progress', 'agreed')) AS is_open
            FROM demo_appeal AS appeal JOIN demo_message AS message USING (appeal)
            JOIN appeals_appeal AS row ON row.id = appeal.appeal
            GROUP BY appeal.conversation
        ) AS told WHERE chat.id = told.conversation"""
    )


def _devices(tenant: Tenant) -> None:
    run("ALTER TABLE demo_appeal ADD COLUMN device bigint, ADD COLUMN model int, ADD COLUMN work int")
    run(
        f"""UPDATE demo_appeal SET device = {next_id(Device)},
            model = 1 + floor(random() * (SELECT cardinality(models) FROM demo_pool))::int,
            work = 1 + floor(random() * (SELECT cardinality(works) FROM demo_pool))::int"""
    )
    own = {"tenant_id": str(tenant.pk)}
    kind = {
        "id": "device",
        "appeal_id": "appeal",
        "brand": "pool.brands[model]",
        "model": "pool.models[model]",
    }
    insert(Device, {**own, **kind}, "demo_appeal, demo_pool AS pool")
    work = {"device_id": "device", "repair_type": "pool.works[work]", "price": "pool.prices[work]"}
    insert(Repair, {**own, **work}, "demo_appeal, demo_pool AS pool")


def _tags(tenant: Tenant) -> None:
    for name, colour in words.TAGS:
        tag, _made = Tag.objects.get_or_create(tenant=tenant, name=name, defaults={"colour": colour})
        values = {"tenant_id": str(tenant.pk), "tag_id": str(tag.pk), "appeal_id": "appeal"}
        insert(AppealTag, values, "demo_appeal WHERE random() < 0.05")
