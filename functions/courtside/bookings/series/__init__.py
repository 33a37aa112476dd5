"""Series: bookings that recur, made, cancelled and moved together."""
