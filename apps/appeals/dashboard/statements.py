"""The statements that make an hour's figures: all from what happened, nothing from the figures before."""

UNMARK = """
DELETE FROM appeals_stalehour AS mark USING unnest(%(hours)s::timestamptz[]) AS given(hour)
WHERE mark.tenant_id = %(tenant)s AND mark.at >= given.hour AND mark.at < given.hour + interval '1 hour'
"""

# Where the organisation's clock was moved by less than an hour, old rows begin within a new one's hour.
DELETE = """
DELETE FROM appeals_hourfigures AS figures USING unnest(%(hours)s::timestamptz[]) AS given(hour)
WHERE figures.tenant_id = %(tenant)s
    AND figures.hour > given.hour - interval '1 hour' AND figures.hour < given.hour + interval '1 hour'
"""

# Everything that happened in those hours: of what kind, in whose channel, by whom, and how long it took. Then
# whose it is to see, where operators do not see all: of whoever leads its conversation now, and once more of
# each who is named there. Whether they see all is read here, after the marks that its change leaves.
INSERT = """
WITH given AS (SELECT unnest(%(hours)s::timestamptz[]) AS hour),
facts AS (
    SELECT given.hour, chat.channel_id, message.operator_id, message.conversation_id,
        CASE message.author WHEN 'client' THEN 'received' ELSE 'sent' END AS kind,
        NULL::int AS seconds, NULL::int AS clock_seconds, NULL::boolean AS is_in_time, NULL::numeric AS cost
    FROM given
    JOIN appeals_message AS message ON message.tenant_id = %(tenant)s
        AND message.sent_at >= given.hour AND message.sent_at < given.hour + interval '1 hour'
    JOIN appeals_conversation AS chat ON chat.id = message.conversation_id
    WHERE message.author IN ('client', 'operator')
    UNION ALL
    SELECT given.hour, appeal.channel_id, appeal.operator_id, appeal.conversation_id, 'opened',
        NULL, NULL, NULL, NULL
    FROM given
    JOIN appeals_appeal AS appeal ON appeal.tenant_id = %(tenant)s
        AND appeal.created_at >= given.hour AND appeal.created_at < given.hour + interval '1 hour'
    UNION ALL
    SELECT given.hour, appeal.channel_id, appeal.operator_id, appeal.conversation_id, 'answered',
        times.answer_seconds,
        greatest(0, extract(epoch FROM appeal.first_answer_at - appeal.created_at))::int,
        times.answer_within, NULL
    FROM given
    JOIN appeals_appeal AS appeal ON appeal.tenant_id = %(tenant)s
        AND appeal.first_answer_at >= given.hour AND appeal.first_answer_at < given.hour + interval '1 hour'
    LEFT JOIN appeals_appealtimes AS times ON times.appeal_id = appeal.id
    UNION ALL
    SELECT given.hour, appeal.channel_id, appeal.operator_id, appeal.conversation_id, 'closed',
        times.resolution_seconds, NULL, times.resolution_within, NULL
    FROM given
    JOIN appeals_appeal AS appeal ON appeal.tenant_id = %(tenant)s
        AND appeal.closed_at >= given.hour AND appeal.closed_at < given.hour + interval '1 hour'
    LEFT JOIN appeals_appealtimes AS times ON times.appeal_id = appeal.id
    UNION ALL
    SELECT given.hour, NULL, NULL, NULL, 'call', NULL, NULL, NULL, call.cost_usd
    FROM given
    JOIN ai_modelcall AS call ON call.tenant_id = %(tenant)s
        AND call.at >= given.hour AND call.at < given.hour + interval '1 hour'
),
limits AS (SELECT 1 FROM tenants_tenant WHERE id = %(tenant)s AND operators_see <> 'all'),
led AS (
    SELECT facts.*, current_appeal.operator_id AS led_by_id FROM facts
    LEFT JOIN appeals_conversation AS chat ON chat.id = facts.conversation_id AND EXISTS (SELECT FROM limits)
    LEFT JOIN appeals_appeal AS current_appeal ON current_appeal.id = chat.current_appeal_id
),
named AS (
    SELECT DISTINCT note.conversation_id, mention.member_id
    FROM appeals_mention AS mention JOIN appeals_note AS note ON note.id = mention.note_id
    WHERE mention.tenant_id = %(tenant)s AND EXISTS (SELECT FROM limits)
        AND note.conversation_id IN (SELECT conversation_id FROM facts WHERE conversation_id IS NOT NULL)
),
seen AS (
    SELECT led.*, NULL::bigint AS named_id FROM led
    UNION ALL
    SELECT led.*, named.member_id FROM led JOIN named USING (conversation_id)
)
INSERT INTO appeals_hourfigures (tenant_id, hour, channel_id, operator_id, led_by_id, named_id,
    received, sent, opened,
    answered, answer_seconds, answer_clock_seconds, answered_in_time, answered_late,
    closed, resolution_seconds, resolved_in_time, resolved_late, ai_calls, ai_cost_usd)
SELECT %(tenant)s, hour, channel_id, operator_id, led_by_id, named_id,
    count(*) FILTER (WHERE kind = 'received'),
    count(*) FILTER (WHERE kind = 'sent'),
    count(*) FILTER (WHERE kind = 'opened'),
    count(*) FILTER (WHERE kind = 'answered'),
    coalesce(array_agg(seconds) FILTER (WHERE kind = 'answered' AND seconds IS NOT NULL), '{}'),
    coalesce(array_agg(clock_seconds) FILTER (WHERE kind = 'answered'), '{}'),
    count(*) FILTER (WHERE kind = 'answered' AND is_in_time),
    count(*) FILTER (WHERE kind = 'answered' AND NOT is_in_time),
    count(*) FILTER (WHERE kind = 'closed'),
    coalesce(array_agg(seconds) FILTER (WHERE kind = 'closed' AND seconds IS NOT NULL), '{}'),
    count(*) FILTER (WHERE kind = 'closed' AND is_in_time),
    count(*) FILTER (WHERE kind = 'closed' AND NOT is_in_time),
    count(*) FILTER (WHERE kind = 'call'),
    coalesce(sum(cost), 0)
FROM seen GROUP BY hour, channel_id, operator_id, led_by_id, named_id
"""
