-- count_grace: How many free exceptions a client has used with a trainer in a month.
SELECT count(*) AS used FROM penalties
WHERE client_id = %(client_id)s AND trainer_id = %(trainer_id)s AND month = %(month)s AND grace_used;

-- insert_penalty: A line about what a client was held to.
INSERT INTO penalties (id, booking_id, client_id, trainer_id, kind, rule, month, late, grace_used, fee_minor, fee_credits,
                       waived_reason, decided_at)
VALUES (%(id)s, %(booking_id)s, %(client_id)s, %(trainer_id)s, %(kind)s, %(rule)s, %(month)s, %(late)s, %(grace_used)s,
        %(fee_minor)s, %(fee_credits)s, %(waived_reason)s, %(now)s);
