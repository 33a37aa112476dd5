"""The demo studio: people, services, and four weeks of bookings around now, made through the commands."""
