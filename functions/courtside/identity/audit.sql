-- list_audit: Lines of the audit after a line, oldest first; a subject stands for itself and what is below it.
SELECT id, at, actor, command, command_id, request_id, subject, before, after, reason
FROM audit
WHERE id > %(after_id)s
  AND (%(subject)s::text IS NULL OR subject = %(subject)s OR starts_with(subject, %(subject)s || '/'))
  AND (%(actor)s::text IS NULL OR actor = %(actor)s)
  AND (%(command)s::text IS NULL OR command = %(command)s)
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
ORDER BY id LIMIT %(limit)s;
