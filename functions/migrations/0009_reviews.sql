-- Reviews, ratings and disputes.
SELECT 1;
