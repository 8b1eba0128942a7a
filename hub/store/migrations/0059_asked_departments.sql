-- Whom a unit asked, in a whistle 吹哨 or by handing a case over 转办: the unit may rate the answer
-- (docs/ratings.md). Entries of earlier versions do not name the unit that asked and have no row.
CREATE TABLE IF NOT EXISTS asked_departments
(
    asked_by LowCardinality(String) COMMENT 'unit that asked',
    case_id UUID,
    seq UInt32 COMMENT 'entry of the case that asked',
    unit LowCardinality(String) COMMENT 'unit that was asked',
    kind LowCardinality(String) COMMENT 'whistle, hand_over',
    at DateTime64(3, 'Asia/Shanghai')
)
ENGINE = ReplacingMergeTree
ORDER BY (asked_by, case_id, seq, unit);

CREATE MATERIALIZED VIEW IF NOT EXISTS asked_departments_fed TO asked_departments AS
SELECT JSONExtractString(e.data, 'asked_by') AS asked_by, e.case_id AS case_id, e.seq AS seq,
       arrayJoin(if(e.move = 'whistle', JSONExtract(e.data, 'units', 'Array(String)'),
                    [JSONExtractString(e.data, 'unit')])) AS unit,
       if(e.move = 'whistle', 'whistle', 'hand_over') AS kind, e.at AS at
FROM case_events AS e
WHERE e.move IN ('whistle', 'assign', 'hand_over', 'escalate')
      AND JSONExtractString(e.data, 'asked_by') != '';
