-- The table of open cases with what the queues of the workbench show, sort and filter by, in granules
-- of 256 rows: a page of a queue reads fifty rows by their ids, which are random. In granules of 8192
-- rows that reads nearly every row of the table (docs/decisions/0034-workbench.md). Filled from
-- `cases`, so it can be run again after a crash.
CREATE TABLE IF NOT EXISTS open_cases_fine
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
    returns UInt16,
    confidential Bool,
    suggested UInt16 COMMENT 'cases that may be the same matter',
    reopenings UInt16,
    time_outs UInt16 COMMENT 'how often no unit accepted it in time',
    handed_over Bool COMMENT 'its unit is outside the town',
    assisting Array(String) COMMENT 'units that assist',
    called Array(String) COMMENT 'units that were called by a whistle and have not arrived',
    number String COMMENT 'short number; empty: none'
)
ENGINE = ReplacingMergeTree(seq, is_settled)
ORDER BY case_id
SETTINGS allow_experimental_replacing_merge_with_cleanup = 1, index_granularity = 256;

INSERT INTO open_cases_fine
    (case_id, seq, is_settled, state, opened_at, updated_at, title, content, category, urgency,
     division_code, grid_code, place_name, lon, lat, unit, tier, reports, channels, follow_ups,
     due_at, accept_by, supervision, returns, confidential, suggested, reopenings, time_outs,
     handed_over, assisting, called, number)
SELECT case_id, seq, 0, state, opened_at, updated_at, title, content, category, urgency,
       division_code, grid_code, place_name, lon, lat, unit, tier, reports, channels, follow_ups,
       due_at, accept_by, supervision, returns, confidential, toUInt16(length(c.suggested)),
       reopenings, time_outs, handed_over, assisting,
       arrayDistinct(arrayFlatten(arrayMap(
           whistle -> arrayFilter(
               code -> NOT has(JSONExtractKeys(whistle, 'arrived'), code),
               JSONExtract(whistle, 'units', 'Array(String)')),
           JSONExtractArrayRaw(body, 'whistles')))),
       number
FROM cases AS c FINAL
WHERE state IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended');

DROP VIEW IF EXISTS open_cases_fed;
DROP TABLE IF EXISTS open_cases_kept SYNC;
RENAME TABLE open_cases_fine TO open_cases_kept;
CREATE MATERIALIZED VIEW IF NOT EXISTS open_cases_fed TO open_cases_kept AS
SELECT case_id, seq,
       state NOT IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended')
           AS is_settled,
       state, opened_at, updated_at, if(is_settled, '', title) AS title,
       if(is_settled, '', content) AS content, category, urgency, division_code, grid_code,
       place_name, lon, lat, unit, tier, reports, channels, follow_ups, due_at, accept_by,
       supervision, returns, confidential, toUInt16(length(c.suggested)) AS suggested, reopenings,
       time_outs, handed_over, assisting,
       arrayDistinct(arrayFlatten(arrayMap(
           whistle -> arrayFilter(
               code -> NOT has(JSONExtractKeys(whistle, 'arrived'), code),
               JSONExtract(whistle, 'units', 'Array(String)')),
           JSONExtractArrayRaw(body, 'whistles')))) AS called,
       number
FROM cases AS c;
