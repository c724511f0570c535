"""Who comes to a conversation, and who begins to write there, is told to the colleagues' pages at once."""

from django.db import migrations

TELL = """
CREATE FUNCTION desk_tell_looking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('desk', NEW.tenant_id || ':' || NEW.conversation_id || ':0');
    RETURN NULL;
END $$;
CREATE TRIGGER desk_tell_new AFTER INSERT ON appeals_looking FOR EACH ROW EXECUTE FUNCTION desk_tell_looking();
CREATE TRIGGER desk_tell AFTER UPDATE ON appeals_looking FOR EACH ROW
    WHEN (OLD.writes_at IS DISTINCT FROM NEW.writes_at OR NEW.looked_at > OLD.looked_at + interval '20 seconds')
    EXECUTE FUNCTION desk_tell_looking();
"""
BE_SILENT = """
DROP TRIGGER desk_tell ON appeals_looking;
DROP TRIGGER desk_tell_new ON appeals_looking;
DROP FUNCTION desk_tell_looking();
"""


class Migration(migrations.Migration):
    dependencies = [("appeals", "0014_sla_and_figures")]

    operations = [migrations.RunSQL(TELL, BE_SILENT)]
