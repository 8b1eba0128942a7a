-- The reports of the cases of each unit, so that a unit's search does not read all cases. A case that
-- goes to another unit leaves its rows behind: they cost a look at a case that the unit may not see.
CREATE TABLE IF NOT EXISTS unit_reports
(
    unit LowCardinality(String),
    report UInt64 COMMENT 'cityHash64 of channel/native id',
    updated_at DateTime('Asia/Shanghai') COMMENT 'last change of the case; no report of it is newer'
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY (unit, report)
SETTINGS index_granularity = 1024;

CREATE MATERIALIZED VIEW IF NOT EXISTS unit_reports_fed TO unit_reports AS
SELECT unit, cityHash64(arrayJoin(native_ids)) AS report, toDateTime(c.updated_at) AS updated_at
FROM cases AS c WHERE unit != '';

INSERT INTO unit_reports
SELECT unit, cityHash64(arrayJoin(native_ids)), toDateTime(c.updated_at)
FROM cases AS c FINAL
WHERE unit != '' AND (SELECT count() FROM unit_reports) = 0;
