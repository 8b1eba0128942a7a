-- Open cases, and cases settled lately, in tables of their own: the overview counts them after each
-- insert, and must not read all cases of ten years for that (docs/decisions/0032-open-cases.md).
-- A row replaces the former one of its case, so a redelivery changes nothing. Once an hour the hub
-- deletes the rows of cases that are not open any more (`hub/store/open_cases.py`).
CREATE TABLE IF NOT EXISTS open_cases_kept
(
    case_id UUID,
    seq UInt32,
    is_settled UInt8,
    state LowCardinality(String),
    opened_at DateTime64(3, 'Asia/Shanghai'),
    updated_at DateTime64(3, 'Asia/Shanghai'),
    title String,
    content String CODEC(ZSTD(3)),
    category LowCardinality(String),
    urgency LowCardinality(String),
    division_code String,
    grid_code String,
    place_name String,
    lon Nullable(Float64),
    lat Nullable(Float64),
    unit LowCardinality(String),
    tier LowCardinality(String),
    reports UInt32,
    channels Array(LowCardinality(String)),
    follow_ups UInt32,
    due_at Nullable(DateTime64(3, 'Asia/Shanghai')),
    accept_by Nullable(DateTime64(3, 'Asia/Shanghai')),
    supervision LowCardinality(String),
    returns UInt16
)
ENGINE = ReplacingMergeTree(seq, is_settled)
ORDER BY case_id
SETTINGS allow_experimental_replacing_merge_with_cleanup = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS open_cases_fed TO open_cases_kept AS
SELECT case_id, seq,
       state NOT IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended')
           AS is_settled,
       state, opened_at, updated_at, if(is_settled, '', title) AS title,
       if(is_settled, '', content) AS content, category, urgency, division_code, grid_code,
       place_name, lon, lat, unit, tier, reports, channels, follow_ups, due_at, accept_by,
       supervision, returns
FROM cases;

INSERT INTO open_cases_kept
    (case_id, seq, is_settled, state, opened_at, updated_at, title, content, category, urgency,
     division_code, grid_code, place_name, lon, lat, unit, tier, reports, channels, follow_ups,
     due_at, accept_by, supervision, returns)
SELECT case_id, seq, 0, state, opened_at, updated_at, title, content, category, urgency,
       division_code, grid_code, place_name, lon, lat, unit, tier, reports, channels, follow_ups,
       due_at, accept_by, supervision, returns
FROM cases FINAL
WHERE state IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended');

-- `is_reopened`: the newest snapshot of the case has no settlement. An older row of a case has an
-- older time, so it is deleted before, and never comes back.
CREATE TABLE IF NOT EXISTS settled_cases_kept
(
    case_id UUID,
    seq UInt32,
    is_reopened UInt8,
    settled_at DateTime64(3, 'Asia/Shanghai'),
    settled_tier LowCardinality(String),
    division_code String,
    grid_code String,
    unit LowCardinality(String)
)
ENGINE = ReplacingMergeTree(seq, is_reopened)
ORDER BY case_id
TTL toDateTime(settled_at) + toIntervalDay(40);

CREATE MATERIALIZED VIEW IF NOT EXISTS settled_cases_fed TO settled_cases_kept AS
SELECT case_id, seq, c.settled_at IS NULL AS is_reopened,
       ifNull(c.settled_at, updated_at) AS settled_at, settled_tier, division_code, grid_code, unit
FROM cases AS c WHERE c.settled_at IS NOT NULL OR reopenings > 0;

INSERT INTO settled_cases_kept
SELECT case_id, seq, 0, c.settled_at, settled_tier, division_code, grid_code, unit
FROM cases AS c FINAL WHERE c.settled_at >= now() - INTERVAL 40 DAY;
