-- What subscribers of the embedded broker may not have read when it dies with its log: the entries
-- of the last minutes, whole, so that they can be told again. Filled where that broker is used.
CREATE TABLE IF NOT EXISTS recent_entries
(
    case_event_id UUID,
    case_id UUID,
    seq UInt32,
    stored_at DateTime DEFAULT now(),
    body String COMMENT 'the record of cases.v1 as it was' CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY case_event_id
TTL stored_at + INTERVAL 1 DAY;
