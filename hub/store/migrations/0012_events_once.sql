-- A fact that comes in two messages is one row, the first: both have the same key.
-- Each statement may run again after a crash; nothing is lost between them.
CREATE TABLE IF NOT EXISTS events_keyed
(
    event_id UUID COMMENT 'UUIDv5 of channel, native_id and revision',
    receipt_id UUID,
    channel LowCardinality(String),
    native_id String,
    revision String,
    parent_id String,
    kind LowCardinality(String),
    occurred_at DateTime64(3, 'Asia/Shanghai'),
    received_at DateTime64(3, 'Asia/Shanghai'),
    reporter_key String,
    reporter_sealed String,
    reporter_masked String,
    anonymous Bool,
    confidential Bool,
    signatories UInt32,
    place_text String,
    place_name String,
    lon Nullable(Float64),
    lat Nullable(Float64),
    division_code String,
    grid_code String,
    settled_by LowCardinality(String),
    route LowCardinality(String),
    category LowCardinality(String),
    category_by LowCardinality(String)
        COMMENT 'native: by the code of the channel; text: by the words of the report; empty: unknown',
    category_confidence Float32 COMMENT 'confidence of a category that was decided by words, 0 to 1',
    native_category String,
    title String,
    content String,
    urgency LowCardinality(String),
    object_name String,
    attachments UInt16,
    evaluation String COMMENT 'JSON of an evaluation',
    tracking String COMMENT 'code with which the citizen of a report can see its progress',
    worker LowCardinality(String) COMMENT 'code of the grid worker',
    household String COMMENT 'code of the household',
    native String,
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3),
    precedence UInt64 MATERIALIZED 9000000000000000 - toUnixTimestamp64Milli(received_at)
        COMMENT 'higher for an earlier row: of equal facts the first row stays',
    INDEX events_by_tracking tracking TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX events_by_id event_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(received_at)
ORDER BY (channel, native_id, revision);

INSERT INTO events_keyed
    (event_id, receipt_id, channel, native_id, revision, parent_id, kind, occurred_at, received_at,
     reporter_key, reporter_sealed, reporter_masked, anonymous, confidential, signatories,
     place_text, place_name, lon, lat, division_code, grid_code, settled_by, route, category,
     category_by, category_confidence, native_category, title, content, urgency, object_name,
     attachments, evaluation, tracking, worker, household, native, stored_at)
SELECT event_id, receipt_id, channel, native_id, revision, parent_id, kind, occurred_at, received_at,
       reporter_key, reporter_sealed, reporter_masked, anonymous, confidential, signatories,
       place_text, place_name, lon, lat, division_code, grid_code, settled_by, route, category,
       category_by, category_confidence, native_category, title, content, urgency, object_name,
       attachments, evaluation, tracking, worker, household, native, stored_at
FROM events;

DROP TABLE IF EXISTS events_by_time;
RENAME TABLE events TO events_by_time, events_keyed TO events;
DROP TABLE IF EXISTS events_by_time;
