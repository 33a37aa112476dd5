"""The local suite: everything Courtside needs, on one machine, without a cloud account."""
