-- list_account: The account itself.
SELECT account.id AS key, jsonb_build_object(
    'user_id', account.id, 'role', account.role, 'display_name', account.display_name, 'email', account.email,
    'phone', account.phone, 'locale', account.locale, 'time_zone', account.time_zone,
    'created_at', account.created_at, 'blocked_at', account.blocked_at,
    'calendar_since', (SELECT feed.created_at FROM calendar_feeds AS feed WHERE feed.user_id = account.id)) AS item
FROM users AS account WHERE account.id = %(uid)s AND account.id > %(after)s LIMIT %(limit)s;

-- list_links: The host applications by which the person signs in, and who the person is there.
SELECT link.issuer AS key, jsonb_build_object(
    'issuer', link.issuer, 'subject', link.subject, 'by_email', link.by_email, 'linked_at', link.linked_at) AS item
FROM linked_accounts AS link WHERE link.user_id = %(uid)s AND link.issuer > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_trainer: The application and profile as a trainer.
SELECT trainer.id AS key, to_jsonb(trainer) - '{search_text,search_tags}'::text[] AS item
FROM trainers AS trainer WHERE trainer.id = %(uid)s AND trainer.id > %(after)s LIMIT %(limit)s;

-- list_services: What the person offers.
SELECT service.id::text AS key, to_jsonb(service) AS item
FROM services AS service WHERE service.trainer_id = %(uid)s AND service.id::text > %(after)s
ORDER BY 1 LIMIT %(limit)s;

-- list_working_hours: The regular weeks, and the dates with hours of their own, in minutes from midnight.
SELECT hours.key, hours.item FROM (
    SELECT concat('week/', service_id, '/', weekday) AS key,
           jsonb_build_object('service_id', service_id, 'weekday', weekday, 'minutes', hours::text) AS item
    FROM weekly_hours WHERE trainer_id = %(uid)s
    UNION ALL
    SELECT concat('date/', on_date), jsonb_build_object('on_date', on_date, 'minutes', hours::text)
    FROM overrides WHERE trainer_id = %(uid)s
) AS hours WHERE hours.key > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_time_off: Time off, with its reasons.
SELECT id::text AS key, jsonb_build_object(
    'time_off_id', id, 'starts_at', lower(off), 'ends_at', upper(off), 'reason', reason, 'created_at', created_at) AS item
FROM time_off WHERE trainer_id = %(uid)s AND id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_bookings: Every seat that was booked, held or waited for, with what it came to.
SELECT booking.id::text AS key, jsonb_build_object(
    'booking_id', booking.id, 'session_id', booking.session_id, 'trainer_name', trainer.display_name,
    'service_name', service.name, 'title', session.title, 'starts_at', session.starts_at, 'ends_at', session.ends_at,
    'status', booking.status, 'seats', booking.seats, 'price_minor', booking.price_minor, 'currency', booking.currency,
    'pay_with_credits', booking.pay_with_credits, 'credits_spent', booking.credits_spent,
    'reschedules', booking.reschedules, 'series_id', booking.series_id, 'created_at', booking.created_at,
    'booked_by_oneself', booking.booked_by IS NOT DISTINCT FROM booking.client_id,
    'waitlisted_at', booking.waitlisted_at, 'cancelled_at', booking.cancelled_at,
    'cancelled_by_oneself', booking.cancelled_by = booking.client_id, 'cancel_reason', booking.cancel_reason,
    'ended', booking.ended, 'late', booking.late, 'grace_used', booking.grace_used, 'fee_minor', booking.fee_minor,
    'fee_credits', booking.fee_credits, 'waived_reason', booking.waived_reason) AS item
FROM bookings AS booking
JOIN sessions AS session ON session.id = booking.session_id
JOIN services AS service ON service.id = session.service_id
JOIN trainers AS trainer ON trainer.id = session.trainer_id
WHERE booking.client_id = %(uid)s AND booking.id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_series: The rules by which bookings recur.
SELECT series.id::text AS key, to_jsonb(series) - 'client_id' AS item
FROM series WHERE series.client_id = %(uid)s AND series.id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_sessions: The sessions that the person gave, without those who came.
SELECT session.id::text AS key, jsonb_build_object(
    'session_id', session.id, 'service_name', service.name, 'title', session.title, 'starts_at', session.starts_at,
    'ends_at', session.ends_at, 'capacity', session.capacity, 'seats_taken', session.seats_taken,
    'status', session.status, 'open_class', session.open_class, 'created_at', session.created_at,
    'cancelled_at', session.cancelled_at, 'completed_at', session.completed_at,
    'own_cancel_reasons', (SELECT coalesce(jsonb_agg(DISTINCT booking.cancel_reason), '[]') FROM bookings AS booking
                           WHERE booking.session_id = session.id AND booking.cancelled_by = %(uid)s
                             AND booking.cancel_reason IS NOT NULL)) AS item
FROM sessions AS session JOIN services AS service ON service.id = session.service_id
WHERE session.trainer_id = %(uid)s AND session.id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_penalties: What the person was held to when cancelling, moving or missing a booking late.
SELECT penalty.id::text AS key, to_jsonb(penalty) - 'client_id' AS item
FROM penalties AS penalty
WHERE penalty.booking_id IN (SELECT booking.id FROM bookings AS booking WHERE booking.client_id = %(uid)s)
  AND penalty.id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_credits: Packages of credits, used up ones included; of those that the person granted to others, not to whom.
SELECT allocation.id::text AS key, jsonb_build_object(
    'allocation_id', allocation.id, 'amount', allocation.amount, 'remaining', allocation.remaining,
    'expires_at', allocation.expires_at, 'trainer_id', allocation.trainer_id, 'service_id', allocation.service_id,
    'reason', allocation.reason, 'created_at', allocation.created_at, 'own', allocation.client_id = %(uid)s) AS item
FROM allocations AS allocation
WHERE (allocation.client_id = %(uid)s OR allocation.granted_by = %(uid)s) AND allocation.id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_movements: Every movement of the person's credits and fees, as client and as trainer.
SELECT moved.key, moved.item FROM (
    SELECT concat(line.transfer_id, '/', line.position) AS key, jsonb_build_object(
        'transfer_id', line.transfer_id, 'kind', transfer.kind, 'booking_id', transfer.booking_id,
        'reason', transfer.reason, 'allocation_id', line.allocation_id, 'unit', line.unit, 'amount', line.amount,
        'created_at', transfer.created_at) AS item
    FROM ledger_lines AS line JOIN ledger_transfers AS transfer ON transfer.id = line.transfer_id
    WHERE line.account IN ('client:' || %(uid)s, 'trainer:' || %(uid)s)
       OR line.allocation_id IN (SELECT allocation.id FROM allocations AS allocation WHERE allocation.client_id = %(uid)s)
) AS moved WHERE moved.key > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_achievements: What was achieved, and what was taken back.
SELECT code AS key, jsonb_build_object('code', code, 'awarded_at', awarded_at, 'revoked_at', revoked_at) AS item
FROM achievements WHERE client_id = %(uid)s AND code > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_reviews: Reviews that the person wrote, hidden and deleted ones included.
SELECT review.id::text AS key, to_jsonb(review) - 'client_id' AS item
FROM reviews AS review WHERE review.client_id = %(uid)s AND review.id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_replies: What the person, as a trainer, answered to reviews; the reviews are their authors'.
SELECT id::text AS key, jsonb_build_object('review_id', id, 'reply', reply, 'replied_at', replied_at) AS item
FROM reviews WHERE trainer_id = %(uid)s AND reply IS NOT NULL AND id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_disputes: Disputes that the person is a party of, with what the person said.
SELECT dispute.id::text AS key, jsonb_build_object(
    'dispute_id', dispute.id, 'booking_id', dispute.booking_id, 'opened_by_oneself', dispute.opened_by = %(uid)s,
    'reason', dispute.reason, 'status', dispute.status, 'opened_at', dispute.opened_at, 'closed_at', dispute.closed_at,
    'outcome', dispute.outcome, 'resolution', dispute.resolution, 'returned_minor', dispute.returned_minor,
    'refunded_credits', dispute.refunded_credits,
    'statements', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                              'text', said.text, 'links', said.links, 'said_at', said.said_at) ORDER BY said.position), '[]')
                   FROM dispute_statements AS said
                   WHERE said.dispute_id = dispute.id AND said.author = %(uid)s)) AS item
FROM disputes AS dispute
WHERE (dispute.client_id = %(uid)s OR dispute.trainer_id = %(uid)s) AND dispute.id::text > %(after)s
ORDER BY 1 LIMIT %(limit)s;

-- list_conflicts: What stood in the way of the person's sessions, as client and as trainer.
SELECT conflict.id::text AS key, jsonb_build_object(
    'conflict_id', conflict.id, 'kind', conflict.kind, 'on_date', conflict.on_date, 'session_ids', conflict.session_ids,
    'found_at', conflict.found_at, 'resolved_at', conflict.resolved_at, 'resolution', conflict.resolution) AS item
FROM conflicts AS conflict
WHERE (conflict.client_id = %(uid)s OR conflict.trainer_ids @> ARRAY[%(uid)s::text]
       OR conflict.session_ids && ARRAY(SELECT session_id FROM bookings WHERE client_id = %(uid)s))
  AND conflict.id::text > %(after)s
ORDER BY 1 LIMIT %(limit)s;

-- list_inbox: The inbox.
SELECT notice.id::text AS key, jsonb_build_object(
    'notification_id', notice.id, 'type', notice.type, 'payload', notice.payload - '{client_id,cancelled_by,opened_by}'::text[],
    'created_at', notice.created_at, 'read_at', notice.read_at) AS item
FROM notifications AS notice WHERE notice.user_id = %(uid)s AND notice.id::text > %(after)s
ORDER BY 1 LIMIT %(limit)s;

-- list_notification_settings: How the person wants to be told.
SELECT settings.user_id AS key, to_jsonb(settings) - 'user_id' AS item
FROM notification_settings AS settings WHERE settings.user_id = %(uid)s AND settings.user_id > %(after)s LIMIT %(limit)s;

-- list_installations: The person's apps and browsers, without what pushes are sent by.
SELECT installed.id AS key, to_jsonb(installed) - '{user_id,token}'::text[] AS item
FROM installations AS installed WHERE installed.user_id = %(uid)s AND installed.id > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_deliveries: What was sent to the person, how, and what became of it.
SELECT sent.id::text AS key, to_jsonb(sent) - '{user_id,lease_token,lease_until}'::text[] AS item
FROM deliveries AS sent WHERE sent.user_id = %(uid)s AND sent.id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_broadcasts: What the person, as an admin, told many people, and why.
SELECT id::text AS key, jsonb_build_object(
    'broadcast_id', id, 'texts', texts, 'audience', audience, 'reason', reason, 'started_at', started_at, 'sent', sent) AS item
FROM broadcasts WHERE created_by = %(uid)s AND id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_feed: What the person was told of late; older events are in Firestore alone.
SELECT entry.id::text AS key, jsonb_build_object(
    'event_id', entry.id, 'audience', entry.target, 'type', entry.payload -> 'type', 'created_at', entry.created_at,
    'payload', (entry.payload -> 'payload') - '{client_id,cancelled_by,opened_by}'::text[]) AS item
FROM outbox AS entry
WHERE entry.kind = 'feed' AND entry.target IN ('client_' || %(uid)s, 'trainer_' || %(uid)s)
  AND entry.id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_commands: What the person asked for of late.
SELECT asked.command_id::text AS key, jsonb_build_object(
    'command_id', asked.command_id, 'command', asked.name, 'created_at', asked.created_at) AS item
FROM commands AS asked WHERE asked.uid = %(uid)s AND asked.command_id::text > %(after)s ORDER BY 1 LIMIT %(limit)s;

-- list_audit: Changes of the account and profile, whoever made them; and that the person made others, which may tell of others.
SELECT line.id::text AS key, jsonb_build_object(
    'at', line.at, 'command', line.command, 'subject', line.subject, 'by_oneself', line.actor = %(uid)s)
    || CASE WHEN line.subject IN ('users/' || %(uid)s, 'trainers/' || %(uid)s)
            THEN jsonb_build_object('before', line.before, 'after', line.after) ELSE '{}' END AS item
FROM audit AS line
WHERE (line.actor = %(uid)s OR line.subject IN ('users/' || %(uid)s, 'trainers/' || %(uid)s))
  AND line.id > coalesce(nullif(%(after)s, ''), '0')::bigint
ORDER BY line.id LIMIT %(limit)s;
