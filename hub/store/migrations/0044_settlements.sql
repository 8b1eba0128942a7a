-- The settlements of today, which the overview counts after each insert
-- (docs/decisions/0032-open-cases.md). The table has no FINAL, which would merge all cases of 40 days by
-- their random ids: it is sorted by day, and the query counts distinct settlements. A settlement is a
-- case and the number of its reopenings, so each later snapshot of the case, and each redelivery,
-- repeats it and changes nothing. A snapshot of a case that was reopened gives the settlements before
-- it as annulled. Yesterday's rows stay for a day, because the engine may run in another time zone.
CREATE TABLE IF NOT EXISTS settlements
(
    day Date COMMENT 'day of the settlement; if annulled: day of the snapshot',
    is_annulled Bool COMMENT 'the case was reopened after this settlement',
    settled_tier LowCardinality(String),
    settlement UInt64 COMMENT 'hash of the case and the number of its reopenings',
    division_code String,
    grid_code String,
    unit LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (is_annulled, day)
TTL day + toIntervalDay(2);

CREATE MATERIALIZED VIEW IF NOT EXISTS settlements_fed TO settlements AS
SELECT toDate(if(is_annulled, updated_at, ifNull(c.settled_at, updated_at))) AS day,
       round < reopenings AS is_annulled, settled_tier, cityHash64(case_id, round) AS settlement,
       division_code, grid_code, unit
FROM cases AS c
ARRAY JOIN range(toUInt16(reopenings + (c.settled_at IS NOT NULL))) AS round
WHERE updated_at >= now() - INTERVAL 2 DAY
      AND (reopenings > 0 OR c.settled_at >= now() - INTERVAL 2 DAY);

INSERT INTO settlements
SELECT toDate(if(is_annulled, updated_at, ifNull(c.settled_at, updated_at))) AS day,
       round < reopenings AS is_annulled, settled_tier, cityHash64(case_id, round) AS settlement,
       division_code, grid_code, unit
FROM cases AS c FINAL
ARRAY JOIN range(toUInt16(reopenings + (c.settled_at IS NOT NULL))) AS round
WHERE updated_at >= now() - INTERVAL 2 DAY
      AND (reopenings > 0 OR c.settled_at >= now() - INTERVAL 2 DAY);
