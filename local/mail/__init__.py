"""A mail server that delivers nowhere: it keeps what it is sent, shows it, and refuses or fails when told to."""
