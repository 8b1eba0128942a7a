-- One table per topic. ReplacingMergeTree by id: a record that is stored twice is one row under FINAL.
CREATE TABLE IF NOT EXISTS receipts
(
    receipt_id UUID,
    channel LowCardinality(String),
    received_at DateTime64(3, 'Asia/Shanghai'),
    size UInt64,
    event_ids Array(UUID),
    rejected_ids Array(UUID),
    duplicates UInt32,
    skipped UInt32,
    replay_of Nullable(UUID),
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY receipt_id;

CREATE TABLE IF NOT EXISTS events
(
    event_id UUID,
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
    native_category String,
    title String,
    content String,
    urgency LowCardinality(String),
    object_name String,
    attachments UInt16,
    native String,
    stored_at DateTime64(3, 'Asia/Shanghai') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (received_at, event_id);

CREATE TABLE IF NOT EXISTS dispositions
(
    event_id UUID,
    receipt_id UUID,
    channel LowCardinality(String),
    route LowCardinality(String),
    outcome LowCardinality(String),
    case_id Nullable(UUID),
    case_event_ids Array(UUID),
    at DateTime64(3, 'Asia/Shanghai'),
    body String
)
ENGINE = ReplacingMergeTree
ORDER BY event_id;

CREATE TABLE IF NOT EXISTS case_events
(
    case_event_id UUID,
    case_id UUID,
    seq UInt32,
    move LowCardinality(String),
    at DateTime64(3, 'Asia/Shanghai'),
    state LowCardinality(String),
    cause UUID,
    channel LowCardinality(String),
    actor String,
    reason String,
    data String
)
ENGINE = ReplacingMergeTree
ORDER BY (case_id, seq);

CREATE TABLE IF NOT EXISTS cases
(
    case_id UUID,
    seq UInt32,
    state LowCardinality(String),
    opened_at DateTime64(3, 'Asia/Shanghai'),
    updated_at DateTime64(3, 'Asia/Shanghai'),
    title String,
    content String,
    category LowCardinality(String),
    urgency LowCardinality(String),
    division_code String,
    grid_code String,
    route LowCardinality(String),
    place_name String,
    lon Nullable(Float64),
    lat Nullable(Float64),
    unit String,
    tier LowCardinality(String),
    reason String,
    reports UInt32,
    channels Array(LowCardinality(String)),
    native_ids Array(String),
    follow_ups UInt32,
    due_at Nullable(DateTime64(3, 'Asia/Shanghai')),
    accepted_at Nullable(DateTime64(3, 'Asia/Shanghai')),
    settled_at Nullable(DateTime64(3, 'Asia/Shanghai')),
    settled_tier LowCardinality(String),
    body String
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY case_id;

CREATE TABLE IF NOT EXISTS rejected
(
    rejected_id UUID,
    receipt_id UUID,
    channel LowCardinality(String),
    reason LowCardinality(String),
    detail String,
    position String,
    received_at DateTime64(3, 'Asia/Shanghai'),
    carries_message Bool COMMENT 'whether the whole message is in this record, or in another of its receipt',
    body String COMMENT 'the whole record as JSON; raw bytes in it are sealed'
)
ENGINE = ReplacingMergeTree
ORDER BY rejected_id;

CREATE TABLE IF NOT EXISTS command_outcomes
(
    command_id UUID,
    case_id UUID,
    accepted Bool,
    state LowCardinality(String),
    refusal String,
    at DateTime64(3, 'Asia/Shanghai')
)
ENGINE = ReplacingMergeTree
ORDER BY command_id;

CREATE TABLE IF NOT EXISTS feedback
(
    feedback_id UUID,
    case_id UUID,
    channel LowCardinality(String),
    native_id String,
    event_id UUID,
    state LowCardinality(String),
    text String,
    at DateTime64(3, 'Asia/Shanghai')
)
ENGINE = ReplacingMergeTree
ORDER BY feedback_id;

CREATE TABLE IF NOT EXISTS sink_faults
(
    topic LowCardinality(String),
    partition UInt32,
    record_offset UInt64,
    detail String,
    value String COMMENT 'base64 of the record as received',
    at DateTime64(3, 'Asia/Shanghai')
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, record_offset, value);

CREATE TABLE IF NOT EXISTS areas (code String, name String, parent String)
ENGINE = ReplacingMergeTree ORDER BY code;
CREATE TABLE IF NOT EXISTS grids (code String, name String, division_code String, households UInt32)
ENGINE = ReplacingMergeTree ORDER BY code;
CREATE TABLE IF NOT EXISTS units (code String, name String, tier String, area String, unit_type String)
ENGINE = ReplacingMergeTree ORDER BY code;
