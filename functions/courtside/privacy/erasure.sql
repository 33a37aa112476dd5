-- find_claim: A seat to come that the person has, wants or waits for.
SELECT booking.id FROM bookings AS booking JOIN sessions AS session ON session.id = booking.session_id
WHERE booking.client_id = %(uid)s AND booking.status IN ('held', 'pending', 'confirmed', 'waitlisted', 'offered')
  AND session.starts_at > %(now)s
ORDER BY session.starts_at, booking.id LIMIT 1;

-- find_session: A session to come that the person would have given.
SELECT id FROM sessions
WHERE trainer_id = %(uid)s AND starts_at > %(now)s AND status IN ('open', 'booked', 'confirmed')
ORDER BY starts_at, id LIMIT 1;

-- find_claimed_dispute: A dispute that the person has opened and nobody has decided.
SELECT id FROM disputes WHERE opened_by = %(uid)s AND status IN ('open', 'answered', 'lapsed') ORDER BY id LIMIT 1;

-- end_credits: Lets the person's credits end now.
UPDATE allocations SET expires_at = %(now)s
WHERE client_id = %(uid)s AND remaining > 0 AND (expires_at IS NULL OR expires_at > %(now)s);

-- clear_bookings: Takes out why bookings were given up or forgiven: of the person's, and what the person said of others'.
UPDATE bookings SET cancel_reason = CASE WHEN client_id = %(uid)s OR cancelled_by = %(uid)s THEN NULL ELSE cancel_reason END,
                    waived_reason = NULL
WHERE (cancel_reason IS NOT NULL OR waived_reason IS NOT NULL)
  AND (client_id = %(uid)s OR session_id IN (SELECT id FROM sessions WHERE trainer_id = %(uid)s));

-- clear_penalties: Takes out why penalties were forgiven.
UPDATE penalties SET waived_reason = NULL
WHERE waived_reason IS NOT NULL AND (client_id = %(uid)s OR trainer_id = %(uid)s);

-- clear_allocations: Takes out why credits were granted: to the person, and by the person.
UPDATE allocations SET reason = '' WHERE reason <> '' AND (client_id = %(uid)s OR granted_by = %(uid)s);

-- clear_transfers: Takes the texts out of movements of the person's credits and fees; accounts and amounts stay.
UPDATE ledger_transfers SET reason = ''
WHERE reason <> '' AND id IN (
    SELECT line.transfer_id FROM ledger_lines AS line WHERE line.account IN ('client:' || %(uid)s, 'trainer:' || %(uid)s)
    UNION ALL
    SELECT line.transfer_id FROM ledger_lines AS line JOIN allocations AS allocation ON allocation.id = line.allocation_id
    WHERE allocation.client_id = %(uid)s OR allocation.granted_by = %(uid)s);

-- clear_reviews: Takes out what the person wrote in reviews, with the answers to it; the stars stay.
UPDATE reviews SET text = '', reply = NULL, replied_at = NULL, hidden_reason = NULL
WHERE client_id = %(uid)s AND (text <> '' OR reply IS NOT NULL OR hidden_reason IS NOT NULL);

-- clear_replies: Takes out what the person answered to reviews.
UPDATE reviews SET reply = NULL, replied_at = NULL WHERE trainer_id = %(uid)s AND reply IS NOT NULL;

-- clear_statements: Takes out what the person said in disputes; that something was said, and when, stays.
UPDATE dispute_statements SET text = '', links = '{}' WHERE author = %(uid)s AND (text <> '' OR links <> '{}');

-- clear_disputes: Takes out why the person's disputes were decided so; for whom, and what went back, stays.
UPDATE disputes SET resolution = NULL
WHERE resolution IS NOT NULL AND (client_id = %(uid)s OR trainer_id = %(uid)s);

-- clear_conflicts: Takes out why conflicts of the person's were kept.
UPDATE conflicts SET resolution = 'kept'
WHERE resolution NOT IN ('gone', 'kept')
  AND (client_id = %(uid)s OR trainer_ids @> ARRAY[%(uid)s::text]
       OR session_ids && ARRAY(SELECT session_id FROM bookings WHERE client_id = %(uid)s));

-- clear_answers: Takes out the same where others were told what they had just decided.
UPDATE commands SET answer = jsonb_set(answer, '{result,resolution}', '"kept"')
WHERE name = 'bookings.resolve_conflict' AND answer #>> '{result,conflict_id}' IN (
    SELECT id::text FROM conflicts
    WHERE client_id = %(uid)s OR trainer_ids @> ARRAY[%(uid)s::text]
       OR session_ids && ARRAY(SELECT session_id FROM bookings WHERE client_id = %(uid)s));

-- clear_broadcasts: Takes out why the person told many people something; what they were told is the house's.
UPDATE broadcasts SET reason = '' WHERE created_by = %(uid)s AND reason <> '';

-- clear_services: Takes out what the person said of services; their names stay, as those who booked them know them.
UPDATE services SET description = '' WHERE trainer_id = %(uid)s AND description <> '';

-- clear_trainer: Takes out who the trainer was; the zone stays, as past sessions were given by its clocks.
UPDATE trainers SET display_name = %(name)s, headline = '', bio = '', city = '', specialties = '{}', languages = '{}'
WHERE id = %(uid)s AND (display_name, headline, bio, city, specialties, languages)
                       IS DISTINCT FROM (%(name)s, '', '', '', '{}'::text[], '{}'::text[]);

-- delete_weekly_hours: Forgets when the person worked.
DELETE FROM weekly_hours WHERE trainer_id = %(uid)s;

-- delete_overrides: Forgets when the person worked on some dates.
DELETE FROM overrides WHERE trainer_id = %(uid)s;

-- delete_time_off: Forgets when the person did not work, and why.
DELETE FROM time_off WHERE trainer_id = %(uid)s;

-- delete_achievements: Forgets what the person achieved.
DELETE FROM achievements WHERE client_id = %(uid)s;

-- delete_links: Forgets who the person is to host applications: whoever comes from there is somebody new.
DELETE FROM linked_accounts WHERE user_id = %(uid)s;

-- delete_buckets: Forgets how often the person called.
DELETE FROM rate_limits WHERE starts_with(key, 'user:' || %(uid)s || ':');

-- list_lines: Lines of the audit by the person, and of all that is the person's, which may hold texts.
WITH own AS (
    SELECT booking.id FROM bookings AS booking WHERE booking.client_id = %(uid)s
    UNION ALL
    SELECT booking.id FROM sessions AS session JOIN bookings AS booking ON booking.session_id = session.id
    WHERE session.trainer_id = %(uid)s
), subjects AS (
    SELECT kind || %(uid)s AS subject
    FROM unnest(ARRAY['users/', 'trainers/', 'access/', 'clients/']) AS kind
    UNION ALL SELECT 'users/' || %(uid)s || below
              FROM unnest(ARRAY['/calendar', '/export', '/access', '/role', '/block', '/notifications']) AS below
    UNION ALL SELECT 'bookings/' || own.id || below FROM own, unnest(ARRAY['', '/fee']) AS below
    UNION ALL SELECT 'sessions/' || id FROM sessions WHERE trainer_id = %(uid)s
    UNION ALL SELECT 'sessions/' || session_id FROM bookings WHERE client_id = %(uid)s
    UNION ALL SELECT 'services/' || id FROM services WHERE trainer_id = %(uid)s
    UNION ALL SELECT 'allocations/' || id FROM allocations WHERE client_id = %(uid)s OR granted_by = %(uid)s
    UNION ALL SELECT 'reviews/' || id FROM reviews WHERE client_id = %(uid)s OR trainer_id = %(uid)s
    UNION ALL SELECT 'disputes/' || id FROM disputes WHERE client_id = %(uid)s OR trainer_id = %(uid)s
    UNION ALL SELECT 'conflicts/' || id FROM conflicts
              WHERE client_id = %(uid)s OR trainer_ids @> ARRAY[%(uid)s::text]
                 OR session_ids && ARRAY(SELECT session_id FROM bookings WHERE client_id = %(uid)s)
), lines AS (
    -- Apart, so that each goes by its index.
    SELECT line.id FROM audit AS line WHERE line.actor = %(uid)s AND line.cleared_at IS NULL
    UNION
    SELECT line.id FROM subjects JOIN audit AS line ON line.subject = subjects.subject WHERE line.cleared_at IS NULL
)
SELECT line.id, line.before, line.after, line.reason FROM audit AS line
WHERE line.id IN (SELECT id FROM lines ORDER BY id LIMIT %(limit)s);

-- clear_lines: Writes lines of the audit without their texts.
UPDATE audit SET before = line.before, after = line.after, reason = line.reason, cleared_at = clock_timestamp()
FROM jsonb_to_recordset(%(lines)s) AS line (id bigint, before jsonb, after jsonb, reason text)
WHERE audit.id = line.id;

-- delete_notifications: Empties an inbox, so many notices at a time; the documents that showed them.
DELETE FROM notifications
WHERE id IN (SELECT id FROM notifications WHERE user_id = %(uid)s LIMIT %(limit)s)
RETURNING 'users/' || user_id || '/inbox/' || id AS path;

-- delete_installations: Forgets the person's apps and browsers.
DELETE FROM installations WHERE user_id = %(uid)s;

-- delete_notification_settings: Forgets how the person wanted to be told.
DELETE FROM notification_settings WHERE user_id = %(uid)s;

-- delete_entries: Forgets what the person was told, and what told others the person's name; not what is being delivered.
DELETE FROM outbox
WHERE (kind = 'feed' AND target IN ('client_' || %(uid)s, 'trainer_' || %(uid)s)
       OR payload ->> 'type' IN ('trainer:applied', 'trainer:approved') AND payload -> 'payload' ->> 'trainer_id' = %(uid)s)
  AND coalesce(lease_until, '-infinity') < clock_timestamp();

-- count_entries: How many of these are being delivered.
SELECT count(*) AS entries FROM outbox
WHERE kind = 'feed' AND target IN ('client_' || %(uid)s, 'trainer_' || %(uid)s)
   OR payload ->> 'type' IN ('trainer:applied', 'trainer:approved') AND payload -> 'payload' ->> 'trainer_id' = %(uid)s;

-- delete_commands: Forgets what the person asked for and was answered.
DELETE FROM commands WHERE uid = %(uid)s;

-- list_paths: A page of the documents in which the person was named, or that were the person's.
WITH own AS (
    SELECT booking.id, booking.session_id FROM bookings AS booking WHERE booking.client_id = %(uid)s
), shown AS (
    SELECT 'clients/' || %(uid)s AS path
    UNION SELECT 'access/' || %(uid)s
    UNION SELECT 'trainers/' || %(uid)s WHERE EXISTS (SELECT FROM trainers WHERE id = %(uid)s)
    UNION SELECT path FROM projection WHERE starts_with(path, 'trainers/' || %(uid)s || '/')
    UNION SELECT 'bookings/' || id FROM own
    UNION SELECT 'sessions/' || session_id FROM own
    UNION SELECT 'bookings/' || booking.id FROM sessions AS session JOIN bookings AS booking ON booking.session_id = session.id
          WHERE session.trainer_id = %(uid)s
    UNION SELECT 'trainers/' || trainer_id || '/reviews/' || id FROM reviews WHERE client_id = %(uid)s
    UNION SELECT 'disputes/' || id FROM disputes WHERE client_id = %(uid)s OR trainer_id = %(uid)s
    UNION SELECT 'schedule/' || on_date || '/conflicts/' || id FROM conflicts
          WHERE client_id = %(uid)s OR trainer_ids @> ARRAY[%(uid)s::text]
             OR session_ids && ARRAY(SELECT session_id FROM own)
    -- Whom the person granted credits, and said why.
    UNION SELECT 'clients/' || client_id FROM allocations WHERE granted_by = %(uid)s
)
SELECT path FROM shown WHERE path > %(after)s ORDER BY path LIMIT %(limit)s;
