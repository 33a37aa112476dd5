"""What is held about a person, given to that person; and an account taken back, with all that says who it was."""
