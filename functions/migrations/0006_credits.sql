-- Allocations of credits and the double-entry ledger.
SELECT 1;
