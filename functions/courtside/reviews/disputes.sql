-- insert_dispute: A dispute, unless the booking has one that is open.
INSERT INTO disputes (id, booking_id, client_id, trainer_id, opened_by, reason, status, answer_by, opened_at)
VALUES (%(id)s, %(booking_id)s, %(client_id)s, %(trainer_id)s, %(opened_by)s, %(reason)s, 'open', %(answer_by)s, %(now)s)
ON CONFLICT DO NOTHING;

-- lock_dispute: A dispute, held until commit.
SELECT id, booking_id, client_id, trainer_id, opened_by, reason, status, answer_by, opened_at, closed_at, outcome,
       resolution, returned_minor, refunded_credits
FROM disputes WHERE id = %(id)s FOR NO KEY UPDATE;

-- insert_statement: What a party says next, if not too much was said.
INSERT INTO dispute_statements (dispute_id, position, author, text, links, said_at)
SELECT %(dispute_id)s, said.count, %(author)s, %(text)s, %(links)s, %(now)s
FROM (SELECT count(*) FROM dispute_statements WHERE dispute_id = %(dispute_id)s) AS said
WHERE said.count < %(most)s
RETURNING position;

-- set_status: A dispute goes on.
UPDATE disputes SET status = %(status)s WHERE id = %(id)s;

-- close_dispute: A dispute is over.
UPDATE disputes SET status = %(status)s, closed_at = %(now)s, outcome = %(outcome)s, resolution = %(resolution)s,
                    returned_minor = %(returned_minor)s, refunded_credits = %(refunded_credits)s
WHERE id = %(id)s;

-- lapse: Disputes that nobody answered in time go to the admins without an answer.
UPDATE disputes SET status = 'lapsed' WHERE id IN (
    SELECT id FROM disputes WHERE status = 'open' AND answer_by <= %(now)s ORDER BY answer_by LIMIT 100
    FOR NO KEY UPDATE SKIP LOCKED)
RETURNING id, booking_id, client_id, trainer_id, opened_by, reason, status, answer_by, opened_at, closed_at, outcome,
          resolution, returned_minor, refunded_credits;

-- list_disputes: Disputes with all that was said.
SELECT d.id, d.booking_id, d.client_id, d.trainer_id, d.opened_by, d.reason, d.status, d.answer_by, d.opened_at,
       d.closed_at, d.outcome, d.resolution, d.returned_minor, d.refunded_credits,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(s.author, s.text, s.links, extract(epoch FROM s.said_at)::float8)
                                  ORDER BY s.position), '[]')
        FROM dispute_statements AS s WHERE s.dispute_id = d.id) AS statements
FROM disputes AS d WHERE d.id = ANY (%(ids)s);
