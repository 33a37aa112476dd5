-- Signing in through a host application: whose person has which account, and which tokens were taken already.

CREATE TABLE linked_accounts (
    -- The `iss` and `sub` of the host's tokens: the same person is another one to another issuer.
    issuer    text NOT NULL,
    subject   text NOT NULL,
    -- No reference to `users`: who signs in for the first time is not registered yet.
    user_id   text NOT NULL CONSTRAINT linked_accounts_user_id_is_a_path_segment CHECK (user_id ~ '^[A-Za-z0-9_-]{1,128}$'),
    by_email  boolean NOT NULL,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject),
    -- An e-mail that the host gives to its next person does not bring the account of the last one with it.
    CONSTRAINT linked_accounts_one_subject UNIQUE (user_id, issuer)
);

CREATE TABLE spent_tokens (
    issuer       text NOT NULL,
    token_id     text NOT NULL,
    usable_until timestamptz NOT NULL,
    PRIMARY KEY (issuer, token_id)
);
CREATE INDEX spent_tokens_by_end ON spent_tokens (usable_until);
