"""Who closes a conversation's page says so; whoever does not is believed twice as long."""

from django.db import migrations, models

TRIGGER = """
DROP TRIGGER desk_tell ON appeals_looking;
CREATE TRIGGER desk_tell AFTER UPDATE ON appeals_looking FOR EACH ROW
    WHEN (OLD.writes_at IS DISTINCT FROM NEW.writes_at {left}
        OR NEW.looked_at > OLD.looked_at + interval '{lasts} seconds')
    EXECUTE FUNCTION desk_tell_looking();
"""
# A second before `attending.LASTS`: whoever has been forgotten by the pages of others is news to them.
NOW = TRIGGER.format(left="OR (OLD.left_at IS NULL) <> (NEW.left_at IS NULL)", lasts=44)
BEFORE = TRIGGER.format(left="", lasts=20)


class Migration(migrations.Migration):
    dependencies = [("appeals", "0023_devices")]

    operations = [
        migrations.AddField(
            model_name="looking",
            name="left_at",
            field=models.DateTimeField(null=True, verbose_name="closed the page"),
        ),
        migrations.RunSQL(NOW, BEFORE),
    ]
