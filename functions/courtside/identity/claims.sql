-- lease_claims: Accounts of which Firebase Auth does not know all yet, longest waiting first; of some alone, if they are named.
WITH due AS (
    SELECT user_id FROM claims_mirror
    WHERE want > have AND next_at <= clock_timestamp() AND coalesce(lease_until, '-infinity') < clock_timestamp()
      AND (%(ids)s::text[] IS NULL OR user_id = ANY (%(ids)s))
    ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE claims_mirror AS mirror
SET lease_token = %(token)s, lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    attempts = mirror.attempts + 1
FROM due WHERE mirror.user_id = due.user_id;

-- list_leased: What leased accounts may do now, and the version that this is: after the lease, in a snapshot of its own.
SELECT mirror.user_id, mirror.want AS version, mirror.attempts, account.role, account.blocked_at IS NOT NULL AS blocked,
       account.deleted_at IS NOT NULL AS deleted, account.tokens_valid_from
FROM claims_mirror AS mirror JOIN users AS account ON account.id = mirror.user_id
WHERE mirror.lease_token = %(token)s;

-- settle_claims: Notes what Firebase Auth was told of an account; nothing, if the lease was lost.
UPDATE claims_mirror SET have = %(version)s, attempts = 0, last_error = NULL, lease_token = NULL, lease_until = NULL,
                         next_at = clock_timestamp()
WHERE user_id = %(user_id)s AND lease_token = %(token)s;

-- want_claims_again: Has an account told once more: whoever lost its lease may have told something older, after the other.
UPDATE claims_mirror SET want = want + 1, next_at = clock_timestamp() WHERE user_id = %(user_id)s;

-- release_claims: Gives an account back, to be tried again after a pause.
UPDATE claims_mirror SET lease_token = NULL, lease_until = NULL, last_error = %(error)s,
                         next_at = clock_timestamp() + make_interval(secs => %(pause)s)
WHERE user_id = %(user_id)s AND lease_token = %(token)s;
