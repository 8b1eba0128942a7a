-- The short number of a case 事项号. A case that was opened before this version has none.
ALTER TABLE cases ADD COLUMN IF NOT EXISTS number String
    COMMENT 'short number such as 20261128-00042, unique in the city of the case; empty: none'
    AFTER case_id;
ALTER TABLE cases ADD INDEX IF NOT EXISTS by_number number TYPE bloom_filter(0.001) GRANULARITY 1;
