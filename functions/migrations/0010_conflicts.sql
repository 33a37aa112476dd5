-- Conflicts in the schedule.
SELECT 1;
