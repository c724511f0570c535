"""Who closes a conversation's page says so; who does not is believed longer than before."""

from django.db import migrations, models

# Colleagues are told of who comes, writes and leaves; the bell, of who comes: there they see what was not delivered.
TRIGGERS = """
DROP TRIGGER desk_tell ON appeals_looking;
CREATE TRIGGER desk_tell AFTER UPDATE ON appeals_looking FOR EACH ROW
    WHEN (OLD.writes_at IS DISTINCT FROM NEW.writes_at {left_or_came}
        OR NEW.looked_at > OLD.looked_at + interval '{lasts} seconds')
    EXECUTE FUNCTION desk_tell_looking();
DROP TRIGGER desk_ring ON appeals_looking;
CREATE TRIGGER desk_ring AFTER UPDATE ON appeals_looking FOR EACH ROW
    WHEN (NEW.looked_at > OLD.looked_at + interval '{lasts} seconds' {came})
    EXECUTE FUNCTION desk_ring_member();
"""
# A second short of `attending.LASTS`: who has been forgotten by the pages of others is news to them.
NOW = TRIGGERS.format(
    lasts=44,
    left_or_came="OR (OLD.left_at IS NULL) <> (NEW.left_at IS NULL)",
    came="OR OLD.left_at IS NOT NULL AND NEW.left_at IS NULL",
)
BEFORE = TRIGGERS.format(lasts=20, left_or_came="", came="")


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
