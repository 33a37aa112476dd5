"""Weekly hours, overrides and the slots they leave open."""
