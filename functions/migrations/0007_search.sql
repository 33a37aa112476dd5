-- Indexes for the search for trainers.
SELECT 1;
