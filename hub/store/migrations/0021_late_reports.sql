-- An event that comes before its report is decided twice: first without a case, then with it. The two
-- dispositions are on different partitions and may be stored in any order; the one with a case stays.
-- Each statement may run again after a crash; nothing is lost between them.
CREATE TABLE IF NOT EXISTS dispositions_ranked
(
    event_id UUID,
    receipt_id UUID,
    channel LowCardinality(String),
    route LowCardinality(String),
    outcome LowCardinality(String),
    case_id Nullable(UUID),
    case_event_ids Array(UUID),
    at DateTime64(3, 'Asia/Shanghai'),
    body String CODEC(ZSTD(3)),
    precedence UInt8 MATERIALIZED outcome != 'orphaned'
        COMMENT 'higher if the event has a case: this row of the event stays'
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY event_id;

INSERT INTO dispositions_ranked
    (event_id, receipt_id, channel, route, outcome, case_id, case_event_ids, at, body)
SELECT event_id, receipt_id, channel, route, outcome, case_id, case_event_ids, at, body
FROM dispositions;

DROP TABLE IF EXISTS dispositions_unranked;
RENAME TABLE dispositions TO dispositions_unranked, dispositions_ranked TO dispositions;
DROP TABLE IF EXISTS dispositions_unranked;
