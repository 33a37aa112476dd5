-- claim_command: Claims a command id, and tells the time and what the caller's account may do.
WITH claimed AS (
    INSERT INTO commands (uid, command_id, name, fingerprint, created_at)
    VALUES (%(uid)s, %(command_id)s, %(name)s, %(fingerprint)s, now())
    ON CONFLICT DO NOTHING
    RETURNING command_id
)
SELECT now() AS now,
       EXISTS (SELECT FROM claimed) AS fresh,
       account.role,
       account.blocked_at IS NOT NULL AS blocked,
       account.deleted_at IS NOT NULL AS deleted,
       account.tokens_valid_from
FROM (SELECT 1) AS one
LEFT JOIN users AS account ON account.id = %(uid)s;

-- find_account: The time, and what an account may do.
SELECT now() AS now, account.role, account.blocked_at IS NOT NULL AS blocked, account.deleted_at IS NOT NULL AS deleted,
       account.tokens_valid_from
FROM (SELECT 1) AS one
LEFT JOIN users AS account ON account.id = %(uid)s;

-- find_command: What a command id stood for, and its answer.
SELECT fingerprint, answer FROM commands WHERE uid = %(uid)s AND command_id = %(command_id)s;

-- insert_refusal: Keeps a refusal as the answer of its command id, unless one was given meanwhile.
INSERT INTO commands (uid, command_id, name, fingerprint, answer, created_at)
VALUES (%(uid)s, %(command_id)s, %(name)s, %(fingerprint)s, %(answer)s, now())
ON CONFLICT DO NOTHING;
