-- lock_token: Lets nobody else register the same token until commit.
SELECT pg_advisory_xact_lock(hashtextextended('installations:' || %(token)s, 0));

-- find_installation: An installation by its id, held until commit.
SELECT id, user_id, token, state FROM installations WHERE id = %(id)s FOR UPDATE;

-- save_installation: Makes an installation somebody's own, with the token that its app has now.
INSERT INTO installations (id, user_id, platform, token, app_version, locale, time_zone, created_at, refreshed_at)
VALUES (%(id)s, %(user_id)s, %(platform)s, %(token)s, %(app_version)s, %(locale)s, %(time_zone)s, %(now)s, %(now)s)
ON CONFLICT (id) DO UPDATE SET
    user_id = excluded.user_id, platform = excluded.platform, token = excluded.token,
    app_version = excluded.app_version, locale = excluded.locale, time_zone = excluded.time_zone,
    refreshed_at = excluded.refreshed_at, state = 'active', reason = NULL;

-- release_token: Ends whatever else was registered with a token: its app has begun anew.
UPDATE installations SET state = 'removed', reason = 'token moved'
WHERE token = %(token)s AND id <> %(id)s AND state = 'active';

-- remove_surplus: Ends those of somebody's installations that were used longest ago, beyond so many.
UPDATE installations SET state = 'removed', reason = 'too many'
WHERE id IN (SELECT id FROM installations WHERE user_id = %(user_id)s AND state = 'active'
             ORDER BY refreshed_at DESC, id OFFSET %(most)s);

-- refresh_installation: Notes that an app was used, and what of it is new; one that failed works again with another token.
UPDATE installations SET
    state = CASE WHEN state = 'expired' OR token <> coalesce(%(token)s, token) THEN 'active' ELSE state END,
    reason = CASE WHEN state = 'expired' OR token <> coalesce(%(token)s, token) THEN NULL ELSE reason END,
    token = coalesce(%(token)s, token), app_version = coalesce(%(app_version)s, app_version),
    locale = coalesce(%(locale)s, locale), time_zone = coalesce(%(time_zone)s, time_zone), refreshed_at = %(now)s
WHERE id = %(id)s
RETURNING id, user_id, token, state;

-- remove_installation: Ends an installation, and forgets what it was sent to by.
UPDATE installations SET state = 'removed', reason = 'signed out', token = '' WHERE id = %(id)s;

-- expire_installations: Ends what was not used for so long that nobody delivers to it.
UPDATE installations SET state = 'expired', reason = 'not used' WHERE state = 'active' AND refreshed_at < %(before)s;
