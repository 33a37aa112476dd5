-- insert_user: Makes an account, unless the uid has one.
INSERT INTO users (id, role, display_name, email, phone, locale, time_zone, created_at)
VALUES (%(id)s, %(role)s, %(display_name)s, %(email)s, %(phone)s, %(locale)s, %(time_zone)s, %(now)s)
ON CONFLICT (id) DO NOTHING;

-- list_users: Accounts by id, but for those that were deleted.
SELECT id, role, display_name, locale, time_zone, created_at, blocked_at IS NOT NULL AS blocked, tokens_valid_from
FROM users WHERE id = ANY (%(ids)s) AND deleted_at IS NULL;

-- raise_to_trainer: Makes a client a trainer; whoever may do more already stays what they are.
UPDATE users SET role = 'trainer' WHERE id = %(id)s AND role = 'client';

-- lock_user: The account, held until commit.
SELECT id, role, display_name, locale, time_zone, created_at, blocked_at IS NOT NULL AS blocked, tokens_valid_from
FROM users WHERE id = %(id)s AND deleted_at IS NULL
-- Not FOR UPDATE: what refers to the account need not wait.
FOR NO KEY UPDATE;

-- lock_admins: All who administer, held until commit: of two who take the role from each other, one waits and is refused.
SELECT id FROM users WHERE role = 'admin' AND blocked_at IS NULL AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE;

-- update_role: Gives an account another role.
UPDATE users SET role = %(role)s WHERE id = %(id)s AND deleted_at IS NULL;

-- block_user: Lets an account do nothing any more.
UPDATE users SET blocked_at = %(now)s WHERE id = %(id)s;

-- unblock_user: Lets an account do again what its role may.
UPDATE users SET blocked_at = NULL WHERE id = %(id)s;

-- end_sign_ins: Voids every sign-in there was, those of this second included: tokens tell theirs in whole seconds.
UPDATE users SET tokens_valid_from = date_trunc('second', clock_timestamp()) + interval '1 second' WHERE id = %(id)s;

-- find_contact: What an account says of its person that nobody else sees.
SELECT email, phone FROM users WHERE id = %(id)s;

-- update_user: Writes what an account says of its person; an e-mail address stays until another is proved.
UPDATE users SET display_name = %(display_name)s, phone = %(phone)s, locale = %(locale)s, time_zone = %(time_zone)s,
                 email = coalesce(%(email)s, email)
WHERE id = %(id)s;

-- list_users_by_email: Accounts with an address, which its owner has proved; two are enough to be too many.
SELECT id FROM users WHERE lower(email) = lower(%(email)s) AND deleted_at IS NULL ORDER BY created_at LIMIT 2;
