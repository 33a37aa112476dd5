-- When a document that was written often has cooled down: each write adds a pause, the clock takes it away again.
ALTER TABLE projection ADD COLUMN cooled_at timestamptz NOT NULL DEFAULT '-infinity';
