"""Trainers and the services they offer."""
