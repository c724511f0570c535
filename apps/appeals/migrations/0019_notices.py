"""What each employee wants to be told, and the bell that the database itself rings for them."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import apps.appeals.models.notices

KINDS = [
    ("own", "A client wrote in an appeal I lead"),
    ("free", "A new appeal that nobody leads"),
    ("mention", "I am named in a note"),
    ("handed", "An appeal was handed to me"),
    ("due", "A deadline of mine is near, or missed"),
    ("failed", "An answer of mine was not delivered"),
]

# 0 stands for everybody. The same ring twice in one transaction is one.
RING = """
CREATE FUNCTION desk_ring(tenant bigint, member bigint) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('desk', 'bell:' || tenant || ':' || coalesce(member, 0));
$$;

CREATE FUNCTION desk_ring_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM desk_ring(NEW.tenant_id, (SELECT operator_id FROM appeals_appeal WHERE id = NEW.current_appeal_id
        AND status IN ('new', 'in_progress', 'waiting', 'agreed')));
    RETURN NULL;
END $$;
CREATE TRIGGER desk_ring AFTER UPDATE ON appeals_conversation FOR EACH ROW
    WHEN (OLD.last_inbound_at IS DISTINCT FROM NEW.last_inbound_at
        OR OLD.answer_due_at IS DISTINCT FROM NEW.answer_due_at
        OR OLD.snoozed_until IS DISTINCT FROM NEW.snoozed_until)
    EXECUTE FUNCTION desk_ring_conversation();

CREATE FUNCTION desk_ring_appeal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM desk_ring(NEW.tenant_id, NEW.operator_id);
    IF TG_OP = 'UPDATE' AND OLD.operator_id IS DISTINCT FROM NEW.operator_id THEN
        PERFORM desk_ring(OLD.tenant_id, OLD.operator_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER desk_ring_new AFTER INSERT ON appeals_appeal FOR EACH ROW EXECUTE FUNCTION desk_ring_appeal();
CREATE TRIGGER desk_ring AFTER UPDATE ON appeals_appeal FOR EACH ROW
    WHEN (OLD.operator_id IS DISTINCT FROM NEW.operator_id OR OLD.status IS DISTINCT FROM NEW.status
        OR OLD.is_handed_over IS DISTINCT FROM NEW.is_handed_over
        OR OLD.resolve_due_at IS DISTINCT FROM NEW.resolve_due_at)
    EXECUTE FUNCTION desk_ring_appeal();

CREATE FUNCTION desk_ring_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM desk_ring(OLD.tenant_id, OLD.member_id);
    ELSE
        PERFORM desk_ring(NEW.tenant_id, NEW.member_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER desk_ring AFTER INSERT OR UPDATE OR DELETE ON appeals_mention FOR EACH ROW
    EXECUTE FUNCTION desk_ring_member();
CREATE TRIGGER desk_ring AFTER INSERT OR UPDATE ON appeals_readmark FOR EACH ROW
    EXECUTE FUNCTION desk_ring_member();
CREATE TRIGGER desk_ring AFTER INSERT OR UPDATE ON appeals_noticewishes FOR EACH ROW
    EXECUTE FUNCTION desk_ring_member();
-- Whoever comes to a conversation sees there what was not delivered.
CREATE TRIGGER desk_ring_new AFTER INSERT ON appeals_looking FOR EACH ROW EXECUTE FUNCTION desk_ring_member();
CREATE TRIGGER desk_ring AFTER UPDATE ON appeals_looking FOR EACH ROW
    WHEN (NEW.looked_at > OLD.looked_at + interval '20 seconds') EXECUTE FUNCTION desk_ring_member();

CREATE FUNCTION desk_ring_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM desk_ring(tenant_id, operator_id) FROM appeals_message
        WHERE delivery_id = NEW.id AND operator_id IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER desk_ring AFTER UPDATE ON channels_delivery FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state
        AND (OLD.state IN ('failed', 'unknown') OR NEW.state IN ('failed', 'unknown')))
    EXECUTE FUNCTION desk_ring_delivery();
"""
BE_SILENT = """
DROP TRIGGER desk_ring ON channels_delivery;
DROP TRIGGER desk_ring ON appeals_looking;
DROP TRIGGER desk_ring_new ON appeals_looking;
DROP TRIGGER desk_ring ON appeals_noticewishes;
DROP TRIGGER desk_ring ON appeals_readmark;
DROP TRIGGER desk_ring ON appeals_mention;
DROP TRIGGER desk_ring ON appeals_appeal;
DROP TRIGGER desk_ring_new ON appeals_appeal;
DROP TRIGGER desk_ring ON appeals_conversation;
DROP FUNCTION desk_ring_delivery();
DROP FUNCTION desk_ring_member();
DROP FUNCTION desk_ring_appeal();
DROP FUNCTION desk_ring_conversation();
DROP FUNCTION desk_ring(bigint, bigint);
"""


def kinds(label, default):
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.CharField(choices=KINDS, max_length=8),
        blank=True,
        default=default,
        size=None,
        verbose_name=label,
    )


class Migration(migrations.Migration):
    dependencies = [("appeals", "0018_accesses"), ("tenants", "0004_teamwork")]

    operations = [
        migrations.CreateModel(
            name="NoticeWishes",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shown", kinds("shown", apps.appeals.models.notices.usual_shown)),
                ("sounding", kinds("with a sound", apps.appeals.models.notices.usual_sounding)),
                (
                    "tune",
                    models.CharField(
                        choices=[("chime", "Chime"), ("drop", "Drop"), ("knock", "Knock")],
                        default="chime",
                        max_length=8,
                        verbose_name="sound",
                    ),
                ),
                (
                    "volume",
                    models.PositiveSmallIntegerField(
                        default=60,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="volume, %",
                    ),
                ),
                (
                    "quiet_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="do not disturb until"),
                ),
                ("quiet_from", models.TimeField(blank=True, null=True, verbose_name="every day from")),
                ("quiet_to", models.TimeField(blank=True, null=True, verbose_name="to")),
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notice_wishes",
                        to="tenants.member",
                        verbose_name="employee",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.tenant",
                        verbose_name="organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "wishes for notifications",
                "verbose_name_plural": "wishes for notifications",
            },
        ),
        migrations.RunSQL(RING, BE_SILENT),
    ]
