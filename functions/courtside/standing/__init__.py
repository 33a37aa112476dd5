"""What an account may do, as admins decide it, and what that means for the sessions to come of whom it concerns."""
