-- The settled cases that wait for a call-back 待回访 as a queue: the table of settled cases gets what a
-- row shows, sorts and filters by. It keeps texts only as long as the citizen has not been asked
-- (docs/decisions/0034-workbench.md).
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS number String
    COMMENT 'short number; empty: none';
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS state LowCardinality(String);
ALTER TABLE settled_cases_kept
    ADD COLUMN IF NOT EXISTS opened_at DateTime64(3, 'Asia/Shanghai');
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS title String
    COMMENT 'empty once the citizen has been asked';
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS content String
    COMMENT 'empty once the citizen has been asked' CODEC(ZSTD(3));
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS category LowCardinality(String);
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS urgency LowCardinality(String);
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS place_name String;
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS lon Nullable(Float64);
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS lat Nullable(Float64);
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS reports UInt32;
ALTER TABLE settled_cases_kept
    ADD COLUMN IF NOT EXISTS channels Array(LowCardinality(String));
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS follow_ups UInt32;
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS supervision LowCardinality(String);
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS returns UInt16;
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS reopenings UInt16;
ALTER TABLE settled_cases_kept ADD COLUMN IF NOT EXISTS confidential Bool;

DROP VIEW IF EXISTS settled_cases_fed;
CREATE MATERIALIZED VIEW IF NOT EXISTS settled_cases_fed TO settled_cases_kept AS
SELECT case_id, seq, c.settled_at IS NULL AS is_reopened,
       ifNull(c.settled_at, updated_at) AS settled_at, settled_tier, division_code, grid_code, unit,
       number, state, opened_at, if(state IN ('resolved', 'fed_back'), c.title, '') AS title,
       if(state IN ('resolved', 'fed_back'), c.content, '') AS content, category, urgency,
       place_name, lon, lat, reports, channels, follow_ups, supervision, returns, reopenings,
       confidential
FROM cases AS c WHERE c.settled_at IS NOT NULL OR reopenings > 0;

INSERT INTO settled_cases_kept
    (case_id, seq, is_reopened, settled_at, settled_tier, division_code, grid_code, unit, number,
     state, opened_at, title, content, category, urgency, place_name, lon, lat, reports, channels,
     follow_ups, supervision, returns, reopenings, confidential)
SELECT case_id, seq, 0, c.settled_at, settled_tier, division_code, grid_code, unit, number, state,
       opened_at, if(state IN ('resolved', 'fed_back'), c.title, ''),
       if(state IN ('resolved', 'fed_back'), c.content, ''), category, urgency, place_name, lon,
       lat, reports, channels, follow_ups, supervision, returns, reopenings, confidential
FROM cases AS c FINAL WHERE c.settled_at >= now() - INTERVAL 40 DAY;
