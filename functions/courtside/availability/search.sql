-- allow_typos: How much of a word must be found for it to count as found, in this transaction.
SELECT set_config('pg_trgm.word_similarity_threshold', '0.5', true);

-- list_found: Approved trainers that match, after a place in the order; what an order cannot be told from here is 0.
SELECT trainer.id, ranked.sort_key, offer.price_minor, offer.currency,
       coalesce(rating.total, 0) AS rating_total, coalesce(rating.count, 0) AS rating_count
FROM trainers AS trainer
LEFT JOIN ratings AS rating ON rating.trainer_id = trainer.id
LEFT JOIN LATERAL (
    SELECT service.price_minor, service.currency FROM services AS service
    WHERE service.trainer_id = trainer.id AND service.active
      AND (%(currency)s::text IS NULL OR service.currency = %(currency)s)
    ORDER BY service.price_minor, service.id LIMIT 1) AS offer ON true
CROSS JOIN LATERAL (
    SELECT round((CASE %(sort)s
        WHEN 'relevance' THEN -(SELECT coalesce(avg(word_similarity(searchable(word), trainer.search_text)), 0)
                                FROM unnest(%(words)s::text[]) AS word)
        WHEN 'price' THEN offer.price_minor
        WHEN 'rating' THEN -coalesce(rating.total::float8 / nullif(rating.count, 0), 0)
        ELSE 0 END)::numeric, 6)::float8 AS sort_key) AS ranked
WHERE trainer.status = 'approved'
  AND (%(tags)s::text[] = '{}'
       OR trainer.search_tags @> (SELECT array_agg(searchable(tag)) FROM unnest(%(tags)s::text[]) AS tag))
  -- One word through the index, then each by itself; of short ones more must be found, or half of them match any.
  AND (%(first_word)s::text IS NULL OR searchable(%(first_word)s) <%% trainer.search_text)
  AND NOT EXISTS (SELECT FROM unnest(%(words)s::text[]) AS word
                  WHERE word_similarity(searchable(word), trainer.search_text)
                        < CASE WHEN length(word) < 5 THEN 0.6 ELSE 0.5 END)
  AND (%(max_price_minor)s::bigint IS NULL OR offer.price_minor <= %(max_price_minor)s)
  AND (%(sort)s <> 'price' OR offer.price_minor IS NOT NULL)
  AND (%(min_rating)s::float8 IS NULL OR rating.total >= %(min_rating)s * rating.count AND rating.count > 0)
  AND (%(after_id)s::text IS NULL OR (ranked.sort_key, trainer.id) > (%(after_key)s::float8, %(after_id)s))
ORDER BY ranked.sort_key, trainer.id
LIMIT %(limit)s;
