"""Receivers of outgoing webhooks, what is sent to them, and each try."""

import apps.core.fields
import apps.integrations.webhooks.models
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models

# A receiver that was told anything stays the one it is: its log must not speak of another address.
FIX = """
CREATE FUNCTION webhook_address_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the address of a webhook endpoint is fixed once it was used'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'webhook_address_fixed';
END $$;
CREATE TRIGGER webhook_address_fixed BEFORE UPDATE OF url ON integrations_webhookendpoint FOR EACH ROW
    WHEN (OLD.used_at IS NOT NULL AND NEW.url IS DISTINCT FROM OLD.url)
    EXECUTE FUNCTION webhook_address_fixed();
"""
UNFIX = """
DROP TRIGGER webhook_address_fixed ON integrations_webhookendpoint;
DROP FUNCTION webhook_address_fixed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0003_upkeep'),
        ('tenants', '0006_teams'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='HistoricalWebhookEndpoint',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('key', models.SlugField(help_text='Its name in files and addresses.', verbose_name='key')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('url', models.CharField(max_length=2000, verbose_name='address')),
                ('is_active', models.BooleanField(default=True, editable=False, verbose_name='switched on')),
                ('disabled_at', models.DateTimeField(editable=False, null=True, verbose_name='switched off at')),
                ('disabled_because', models.CharField(blank=True, choices=[('by_hand', 'switched off by hand'), ('gone', 'the receiver answered 410: it wants nothing any more'), ('failing', 'it took nothing for three days')], default='', editable=False, max_length=8, verbose_name='why it is off')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tenants.tenant', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'historical webhook endpoint',
                'verbose_name_plural': 'historical webhook endpoints',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.SlugField(help_text='Its name in files and addresses.', verbose_name='key')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('url', models.CharField(max_length=2000, verbose_name='address')),
                ('secrets', apps.core.fields.EncryptedJSONField(blank=True, default=dict, editable=False)),
                ('is_active', models.BooleanField(default=True, editable=False, verbose_name='switched on')),
                ('disabled_at', models.DateTimeField(editable=False, null=True, verbose_name='switched off at')),
                ('disabled_because', models.CharField(blank=True, choices=[('by_hand', 'switched off by hand'), ('gone', 'the receiver answered 410: it wants nothing any more'), ('failing', 'it took nothing for three days')], default='', editable=False, max_length=8, verbose_name='why it is off')),
                ('used_at', models.DateTimeField(editable=False, null=True, verbose_name='first used')),
                ('paused_until', models.DateTimeField(editable=False, null=True, verbose_name='paused until')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhook_endpoints', to='tenants.tenant', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'webhook endpoint',
                'verbose_name_plural': 'webhook endpoints',
                'ordering': ('name', 'id'),
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('queued', 'queued'), ('running', 'running'), ('done', 'done'), ('failed', 'failed'), ('unknown', 'unknown')], default='queued', editable=False, max_length=8, verbose_name='state')),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='due at')),
                ('attempts', models.PositiveIntegerField(default=0, editable=False, verbose_name='attempts')),
                ('failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='failures')),
                ('lease_until', models.DateTimeField(editable=False, null=True, verbose_name='lease until')),
                ('rung_at', models.DateTimeField(editable=False, null=True, verbose_name='put on the queue at')),
                ('lane', models.CharField(blank=True, default='', editable=False, max_length=120, verbose_name='lane')),
                ('error_code', models.CharField(blank=True, default='', editable=False, max_length=64, verbose_name='error code')),
                ('error_text', models.TextField(blank=True, default='', editable=False, verbose_name='error')),
                ('message_id', models.CharField(default=apps.integrations.webhooks.models.new_message_id, editable=False, max_length=40, unique=True, verbose_name='webhook id')),
                ('kind', models.CharField(editable=False, max_length=64, verbose_name='event')),
                ('subject', models.CharField(blank=True, default='', editable=False, max_length=200, verbose_name='about')),
                ('body', models.TextField(editable=False, verbose_name='body')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('delivered_at', models.DateTimeField(editable=False, null=True, verbose_name='delivered')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant', verbose_name='organisation')),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='integrations.webhookendpoint', verbose_name='endpoint')),
            ],
            options={
                'verbose_name': 'webhook delivery',
                'verbose_name_plural': 'webhook deliveries',
                'ordering': ('-created_at', '-id'),
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('status', models.PositiveSmallIntegerField(null=True, verbose_name='answer')),
                ('milliseconds', models.PositiveIntegerField(null=True, verbose_name='time, ms')),
                ('answer', models.TextField(blank=True, default='', verbose_name="answer's text")),
                ('error_code', models.CharField(blank=True, default='', max_length=64, verbose_name='error code')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant', verbose_name='organisation')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tries', to='integrations.webhookdelivery', verbose_name='delivery')),
            ],
            options={
                'verbose_name': 'try of a webhook',
                'verbose_name_plural': 'tries of webhooks',
                'ordering': ('delivery', 'number'),
                'constraints': [models.UniqueConstraint(fields=('delivery', 'number'), name='webhook_try_once_per_number')],
            },
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.UniqueConstraint(fields=('tenant', 'key'), name='webhook_endpoint_key_once'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('state', 'queued')), fields=['due_at'], name='webhookdelivery_due'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('rung_at__isnull', False), ('state', 'queued')), fields=['rung_at'], name='webhookdelivery_rung'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['lease_until'], name='webhookdelivery_leased'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('state__in', ['queued', 'running']), models.Q(('lane', ''), _negated=True)), fields=['lane', 'id'], name='webhookdelivery_lane'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('state__in', ['failed', 'unknown'])), fields=['error_code'], name='webhookdelivery_trouble'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['tenant', '-created_at', '-id'], name='webhook_recent'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['endpoint', '-created_at', '-id'], name='webhook_of_endpoint'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['tenant', 'subject'], name='webhook_of_subject'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['created_at'], name='webhook_by_age'),
        ),
        migrations.RunSQL(FIX, UNFIX),
    ]
