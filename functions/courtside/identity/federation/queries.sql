-- find_linked: The account of an issuer's subject.
SELECT link.user_id, account.role, account.blocked_at IS NOT NULL AS blocked,
       account.deleted_at IS NOT NULL AS deleted, account.tokens_valid_from
FROM linked_accounts AS link LEFT JOIN users AS account ON account.id = link.user_id
WHERE link.issuer = %(issuer)s AND link.subject = %(subject)s;

-- get_account: What there is of an account, registered or not.
SELECT sought.id AS user_id, account.role, account.blocked_at IS NOT NULL AS blocked,
       account.deleted_at IS NOT NULL AS deleted, account.tokens_valid_from
FROM (SELECT %(user_id)s::text AS id) AS sought LEFT JOIN users AS account ON account.id = sought.id;

-- insert_link: Gives an issuer's subject an account, unless either has one of the other's already.
INSERT INTO linked_accounts (issuer, subject, user_id, by_email, linked_at)
VALUES (%(issuer)s, %(subject)s, %(user_id)s, %(by_email)s, %(now)s)
ON CONFLICT DO NOTHING;

-- spend_token: Takes note that a token was taken, unless it was before, and forgets some that have expired anyway.
WITH expired AS (
    SELECT issuer, token_id FROM spent_tokens WHERE usable_until < now() - interval '5 minutes'
    ORDER BY usable_until LIMIT 20 FOR UPDATE SKIP LOCKED
), forgotten AS (
    DELETE FROM spent_tokens AS spent USING expired
    WHERE spent.issuer = expired.issuer AND spent.token_id = expired.token_id
)
INSERT INTO spent_tokens (issuer, token_id, usable_until)
VALUES (%(issuer)s, %(token_id)s, %(usable_until)s)
ON CONFLICT DO NOTHING;
