-- find_reader: In which language somebody is to be told; nobody who is deleted.
SELECT coalesce(settings.language, account.locale) AS language
FROM users AS account LEFT JOIN notification_settings AS settings ON settings.user_id = account.id
WHERE account.id = %(user_id)s AND account.deleted_at IS NULL;

-- set_digest: Turns digests off, or on again as they were.
UPDATE notification_settings SET
    digest = CASE WHEN %(wanted)s THEN coalesce(digest_before, digest) ELSE 'none' END,
    digest_before = CASE WHEN digest = 'none' THEN digest_before ELSE digest END,
    digest_next_at = CASE WHEN digest = 'none' THEN to_timestamp(0) ELSE digest_next_at END
WHERE user_id = %(user_id)s;

-- set_emails: Turns the e-mails of some types off or on; everything else that somebody has set stays.
INSERT INTO notification_settings AS settings (user_id, types)
SELECT %(user_id)s, jsonb_object_agg(name, jsonb_build_object('email', %(wanted)s::boolean))
FROM unnest(%(types)s::text[]) AS name
ON CONFLICT (user_id) DO UPDATE SET types = settings.types || (
    SELECT jsonb_object_agg(name, coalesce(settings.types -> name, '{}') || (excluded.types -> name))
    FROM unnest(%(types)s::text[]) AS name);
