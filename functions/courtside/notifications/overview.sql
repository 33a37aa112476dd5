-- list_overview: Notifications that match, newest first, each with what became of its deliveries.
SELECT n.id AS notification_id, n.user_id, n.type, n.priority, n.receipt, n.created_at, n.planned_at, n.read_at, n.archived_at,
       n.shown_at, n.clicked_at, n.acted_at,
       coalesce((SELECT jsonb_agg(jsonb_build_object('channel', d.channel, 'state', d.state, 'reason', d.reason,
                                                     'last_error', d.last_error, 'attempts', d.attempts,
                                                     'accepted_at', d.accepted_at)
                                  ORDER BY d.channel, d.target)
                 FROM deliveries AS d WHERE d.notification_id = n.id), '[]') AS deliveries
FROM notifications AS n
WHERE n.created_at >= %(since)s AND n.created_at < %(until)s
  AND (%(before_at)s::timestamptz IS NULL OR (n.created_at, n.id) < (%(before_at)s, %(before_id)s::uuid))
  AND (%(user_id)s::text IS NULL OR n.user_id = %(user_id)s)
  AND (%(types)s::text[] IS NULL OR n.type = ANY (%(types)s))
  AND (%(priority)s::text IS NULL OR n.priority = %(priority)s)
  AND (%(channel)s::text IS NULL AND %(state)s::text IS NULL OR EXISTS (
      SELECT FROM deliveries AS d
      WHERE d.notification_id = n.id AND (%(channel)s IS NULL OR d.channel = %(channel)s)
        AND (%(state)s IS NULL OR d.state = %(state)s)))
  AND (%(text)s::text IS NULL OR n.id::text = lower(%(text)s) OR n.user_id = %(text)s OR strpos(n.type, lower(%(text)s)) > 0
       OR EXISTS (SELECT FROM jsonb_each_text(n.payload) AS field (name, value)
                  WHERE right(field.name, 3) = '_id' AND field.value = %(text)s)
       OR EXISTS (SELECT FROM deliveries AS d
                  WHERE d.notification_id = n.id
                    AND strpos(lower(concat_ws(' ', d.reason, d.last_error)), lower(%(text)s)) > 0))
ORDER BY n.created_at DESC, n.id DESC LIMIT %(limit)s;
