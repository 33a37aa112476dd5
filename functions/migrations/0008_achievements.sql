-- Completion and achievements.
SELECT 1;
