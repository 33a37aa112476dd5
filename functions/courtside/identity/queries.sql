-- insert_user: Makes an account, unless the uid has one.
INSERT INTO users (id, role, display_name, email, phone, locale, time_zone, created_at)
VALUES (%(id)s, %(role)s, %(display_name)s, %(email)s, %(phone)s, %(locale)s, %(time_zone)s, %(now)s)
ON CONFLICT (id) DO NOTHING;

-- list_users: Accounts by id, but for those that were deleted.
SELECT id, role, display_name, locale, time_zone, created_at, blocked_at IS NOT NULL AS blocked, tokens_valid_from
FROM users WHERE id = ANY (%(ids)s) AND deleted_at IS NULL;

-- raise_to_trainer: Makes a client a trainer; whoever may do more already stays what they are.
UPDATE users SET role = 'trainer' WHERE id = %(id)s AND role = 'client';

-- update_role: Gives an account another role.
UPDATE users SET role = %(role)s WHERE id = %(id)s;
