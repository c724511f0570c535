"""Lists are not told of what only the conversation's own page shows: who looks, who types, where an answer is."""

from django.db import migrations

# An answer that fails, or does not any more, is seen in the list, too.
DELIVERY = """
CREATE OR REPLACE FUNCTION desk_tell_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('desk', chat.tenant_id || ':' || chat.id || ':' || coalesce(appeal.operator_id, 0)
        || CASE WHEN (OLD.state IN ('failed', 'unknown')) = (NEW.state IN ('failed', 'unknown'))
            THEN {inside} ELSE '' END)
        FROM appeals_message AS message
        JOIN appeals_conversation AS chat ON chat.id = message.conversation_id
        LEFT JOIN appeals_appeal AS appeal ON appeal.id = chat.current_appeal_id
        WHERE message.delivery_id = NEW.id;
    RETURN NULL;
END $$;
"""
VISITOR = """
CREATE OR REPLACE FUNCTION desk_tell_visitor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('desk', chat.tenant_id || ':' || chat.id || ':' || coalesce(appeal.operator_id, 0) || {inside})
        FROM appeals_conversation AS chat LEFT JOIN appeals_appeal AS appeal ON appeal.id = chat.current_appeal_id
        WHERE chat.channel_id = NEW.channel_id AND chat.external_chat_id = NEW.external_id;
    RETURN NULL;
END $$;
"""
LOOKING = """
CREATE OR REPLACE FUNCTION desk_tell_looking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('desk', NEW.tenant_id || ':' || NEW.conversation_id || ':0' || {inside});
    RETURN NULL;
END $$;
"""


def telling(inside: str) -> str:
    return "".join(one.format(inside=inside) for one in (DELIVERY, VISITOR, LOOKING))


class Migration(migrations.Migration):
    dependencies = [("appeals", "0019_notices")]

    operations = [migrations.RunSQL(telling("':inside'"), telling("''"))]
