-- What a client agreed to when booking: a trainer may change the policy of a service, never what stands already.

ALTER TABLE bookings ADD COLUMN policy jsonb; -- as the service's was; null: from before there was this column
