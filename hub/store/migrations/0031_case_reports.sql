-- The reports of large cases that their snapshots do not list (docs/decisions/0027-large-cases.md).
-- The last row of an event counts: a report may move to another case.
CREATE TABLE IF NOT EXISTS case_reports
(
    event_id UUID,
    case_id UUID COMMENT 'the case that has the report now',
    seq UInt32 COMMENT 'entry of the case with which the report left the snapshot',
    channel LowCardinality(String),
    native_id String,
    received_at DateTime64(3, 'Asia/Shanghai'),
    at DateTime64(3, 'Asia/Shanghai') COMMENT 'time of the last change of this row',
    body String CODEC(ZSTD(3)) COMMENT 'the whole record as JSON',
    INDEX by_case case_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(at)
ORDER BY event_id;

-- Feedback to the filed reports of a large case; `feedback` has the feedback of each report.
CREATE TABLE IF NOT EXISTS feedback_to_many
(
    case_id UUID,
    seq UInt32 COMMENT 'entry of the case that caused it',
    move LowCardinality(String),
    at DateTime64(3, 'Asia/Shanghai'),
    recipients UInt32 COMMENT 'number of reports that it is for',
    listed UInt32 COMMENT 'number of reports with feedback of their own about the entry',
    body String COMMENT 'the whole record as JSON'
)
ENGINE = ReplacingMergeTree
ORDER BY (case_id, seq);
