-- insert_trainer: Takes an application, unless the account has one.
INSERT INTO trainers (id, status, display_name, headline, bio, city, specialties, languages, time_zone, applied_at)
VALUES (%(id)s, 'applied', %(display_name)s, %(headline)s, %(bio)s, %(city)s, %(specialties)s, %(languages)s,
        %(time_zone)s, %(now)s)
ON CONFLICT (id) DO NOTHING;

-- lock_trainer: The trainer, held until commit: the one lock that serialises everything about a trainer's time.
SELECT id, status, display_name, headline, bio, city, specialties, languages, time_zone, min_notice_minutes,
       horizon_days, slot_step_minutes, daily_cap, weekly_cap, applied_at, approved_at
FROM trainers WHERE id = %(id)s
-- Not FOR UPDATE: inserts that refer to the trainer need not wait.
FOR NO KEY UPDATE;

-- lock_trainer_of_service: The trainer who offers a service, held until commit.
SELECT id, status, display_name, headline, bio, city, specialties, languages, time_zone, min_notice_minutes,
       horizon_days, slot_step_minutes, daily_cap, weekly_cap, applied_at, approved_at
FROM trainers WHERE id = (SELECT trainer_id FROM services WHERE services.id = %(service_id)s)
FOR NO KEY UPDATE;

-- find_trainer_of_service: The trainer who offers a service, as it is.
SELECT id, status, display_name, headline, bio, city, specialties, languages, time_zone, min_notice_minutes,
       horizon_days, slot_step_minutes, daily_cap, weekly_cap, applied_at, approved_at
FROM trainers WHERE id = (SELECT trainer_id FROM services WHERE services.id = %(service_id)s);

-- list_trainers: Trainers by id.
SELECT id, status, display_name, headline, bio, city, specialties, languages, time_zone, min_notice_minutes,
       horizon_days, slot_step_minutes, daily_cap, weekly_cap, applied_at, approved_at
FROM trainers WHERE id = ANY (%(ids)s);

-- list_approved_trainers: Every trainer that can be booked.
SELECT id, status, display_name, headline, bio, city, specialties, languages, time_zone, min_notice_minutes,
       horizon_days, slot_step_minutes, daily_cap, weekly_cap, applied_at, approved_at
FROM trainers WHERE status = 'approved' ORDER BY id;

-- update_trainer: Writes a trainer's profile and booking rules.
UPDATE trainers SET
    display_name = %(display_name)s, headline = %(headline)s, bio = %(bio)s, city = %(city)s,
    specialties = %(specialties)s, languages = %(languages)s, time_zone = %(time_zone)s,
    min_notice_minutes = %(min_notice_minutes)s, horizon_days = %(horizon_days)s,
    slot_step_minutes = %(slot_step_minutes)s,
    daily_cap = nullif(%(daily_cap)s, 0), weekly_cap = nullif(%(weekly_cap)s, 0)
WHERE id = %(id)s;

-- approve_trainer: Turns an application into a trainer.
UPDATE trainers SET status = 'approved', approved_at = %(now)s WHERE id = %(id)s;

-- update_status: Takes a trainer out of the public's sight, or brings it back.
UPDATE trainers SET status = %(status)s WHERE id = %(id)s;

-- insert_service: Adds a service, unless the trainer has one of that name.
INSERT INTO services (
    id, trainer_id, name, description, duration_minutes, buffer_before_minutes, buffer_after_minutes, capacity,
    max_seats_per_booking, price_minor, currency, credit_price, slot_step_minutes, min_notice_minutes, horizon_days,
    step_offset_minutes, daily_cap, weekly_cap, resource_id, hold_minutes, requires_confirmation,
    confirm_within_minutes, waitlist_offer_minutes, waitlist_close_minutes, policy, reminders, created_at)
VALUES (
    %(id)s, %(trainer_id)s, %(name)s, %(description)s, %(duration_minutes)s, %(buffer_before_minutes)s,
    %(buffer_after_minutes)s, %(capacity)s, %(max_seats_per_booking)s, %(price_minor)s, %(currency)s,
    %(credit_price)s, %(slot_step_minutes)s, %(min_notice_minutes)s, %(horizon_days)s, %(step_offset_minutes)s,
    %(daily_cap)s, %(weekly_cap)s, %(resource_id)s, %(hold_minutes)s, %(requires_confirmation)s,
    %(confirm_within_minutes)s, %(waitlist_offer_minutes)s, %(waitlist_close_minutes)s, %(policy)s, %(reminders)s, %(now)s)
ON CONFLICT DO NOTHING;

-- update_service: Writes a service's offer again, unless the trainer has another of that name.
UPDATE services AS service SET
    name = %(name)s, description = %(description)s, duration_minutes = %(duration_minutes)s,
    buffer_before_minutes = %(buffer_before_minutes)s, buffer_after_minutes = %(buffer_after_minutes)s,
    capacity = %(capacity)s, max_seats_per_booking = %(max_seats_per_booking)s, price_minor = %(price_minor)s,
    currency = %(currency)s, credit_price = %(credit_price)s, slot_step_minutes = %(slot_step_minutes)s,
    min_notice_minutes = %(min_notice_minutes)s, horizon_days = %(horizon_days)s,
    step_offset_minutes = %(step_offset_minutes)s, daily_cap = %(daily_cap)s, weekly_cap = %(weekly_cap)s,
    resource_id = %(resource_id)s, hold_minutes = %(hold_minutes)s,
    requires_confirmation = %(requires_confirmation)s, confirm_within_minutes = %(confirm_within_minutes)s,
    waitlist_offer_minutes = %(waitlist_offer_minutes)s, waitlist_close_minutes = %(waitlist_close_minutes)s,
    policy = %(policy)s, reminders = %(reminders)s, active = %(active)s
WHERE service.id = %(id)s
  AND NOT EXISTS (SELECT FROM services AS other
                  WHERE other.trainer_id = service.trainer_id AND other.name = %(name)s AND other.id <> service.id);

-- list_services: What these trainers offer.
SELECT id, trainer_id, name, description, duration_minutes, buffer_before_minutes, buffer_after_minutes, capacity,
       price_minor, currency, active, slot_step_minutes, min_notice_minutes, horizon_days, step_offset_minutes,
       daily_cap, weekly_cap, resource_id, hold_minutes, requires_confirmation, confirm_within_minutes,
       max_seats_per_booking, waitlist_offer_minutes, waitlist_close_minutes, credit_price, policy, reminders
FROM services WHERE trainer_id = ANY (%(trainer_ids)s) ORDER BY trainer_id, created_at, id;

-- find_resource: Whether a resource can be used.
SELECT id FROM resources WHERE id = %(id)s AND active;
