-- Whatever else was registered with a token that an installation has now is found at once.

CREATE INDEX installations_by_token ON installations (token) WHERE state = 'active';
