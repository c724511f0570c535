"""The database itself tells what has changed in a conversation: whoever changes it need not think of it."""

from django.db import migrations

TELL = """
CREATE FUNCTION desk_tell_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('desk', NEW.tenant_id || ':' || NEW.id || ':' || coalesce(
        (SELECT operator_id FROM appeals_appeal WHERE id = NEW.current_appeal_id), 0));
    RETURN NULL;
END $$;
CREATE TRIGGER desk_tell AFTER UPDATE ON appeals_conversation FOR EACH ROW
    WHEN (OLD.revision IS DISTINCT FROM NEW.revision OR OLD.waiting_since IS DISTINCT FROM NEW.waiting_since)
    EXECUTE FUNCTION desk_tell_conversation();

CREATE FUNCTION desk_tell_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('desk', chat.tenant_id || ':' || chat.id || ':' || coalesce(appeal.operator_id, 0))
        FROM appeals_message AS message
        JOIN appeals_conversation AS chat ON chat.id = message.conversation_id
        LEFT JOIN appeals_appeal AS appeal ON appeal.id = chat.current_appeal_id
        WHERE message.delivery_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER desk_tell AFTER UPDATE ON channels_delivery FOR EACH ROW
    WHEN (OLD.reached IS DISTINCT FROM NEW.reached OR OLD.state IS DISTINCT FROM NEW.state
        OR OLD.due_at IS DISTINCT FROM NEW.due_at)
    EXECUTE FUNCTION desk_tell_delivery();

CREATE FUNCTION desk_tell_visitor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('desk', chat.tenant_id || ':' || chat.id || ':' || coalesce(appeal.operator_id, 0))
        FROM appeals_conversation AS chat LEFT JOIN appeals_appeal AS appeal ON appeal.id = chat.current_appeal_id
        WHERE chat.channel_id = NEW.channel_id AND chat.external_chat_id = NEW.external_id;
    RETURN NULL;
END $$;
CREATE TRIGGER desk_tell AFTER UPDATE ON channels_chatvisitor FOR EACH ROW
    WHEN (OLD.writes_at IS DISTINCT FROM NEW.writes_at) EXECUTE FUNCTION desk_tell_visitor();
"""
BE_SILENT = """
DROP TRIGGER desk_tell ON channels_chatvisitor;
DROP FUNCTION desk_tell_visitor();
DROP TRIGGER desk_tell ON channels_delivery;
DROP TRIGGER desk_tell ON appeals_conversation;
DROP FUNCTION desk_tell_delivery();
DROP FUNCTION desk_tell_conversation();
"""


class Migration(migrations.Migration):
    dependencies = [("appeals", "0007_list"), ("channels", "0008_webchat_files_and_presence")]

    operations = [migrations.RunSQL(TELL, BE_SILENT)]
