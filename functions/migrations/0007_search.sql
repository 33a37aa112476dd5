-- What the search for trainers looks at: words however they are accented or misspelt, and exact tags.

CREATE EXTENSION IF NOT EXISTS unaccent;

-- Immutable as long as nobody edits the dictionary, which indexes need.
CREATE FUNCTION searchable(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS
$$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, value)) $$;

CREATE FUNCTION search_tags_of(specialties text[], languages text[], city text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array(SELECT 'specialty:' || public.searchable(each) FROM unnest(specialties) AS each)
        || array(SELECT 'language:' || public.searchable(each) FROM unnest(languages) AS each)
        || CASE WHEN city = '' THEN '{}' ELSE ARRAY['city:' || public.searchable(city)] END
$$;

ALTER TABLE trainers
    -- Name, headline, city, specialties and the names of active services.
    ADD COLUMN search_text text NOT NULL DEFAULT '',
    ADD COLUMN search_tags text[] GENERATED ALWAYS AS (search_tags_of(specialties, languages, city)) STORED;

-- Its argument names the column of the changed row that says whose text it is.
CREATE FUNCTION refresh_search_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE trainers SET search_text = searchable(concat_ws(' ', display_name, headline, city,
        array_to_string(specialties, ' '),
        (SELECT string_agg(name, ' ' ORDER BY created_at, id) FROM services WHERE trainer_id = trainers.id AND active)))
    WHERE id = to_jsonb(NEW) ->> TG_ARGV[0];
    RETURN NULL;
END $$;

CREATE TRIGGER trainers_search_text AFTER INSERT OR UPDATE OF display_name, headline, city, specialties ON trainers
    FOR EACH ROW EXECUTE FUNCTION refresh_search_text('id');
CREATE TRIGGER services_search_text AFTER INSERT OR UPDATE OF name, active ON services
    FOR EACH ROW EXECUTE FUNCTION refresh_search_text('trainer_id');

CREATE INDEX trainers_search_text ON trainers USING gin (search_text gin_trgm_ops) WHERE status = 'approved';
CREATE INDEX trainers_search_tags ON trainers USING gin (search_tags) WHERE status = 'approved';
CREATE INDEX services_by_price ON services (trainer_id, currency, price_minor) WHERE active;
