-- Assessment 工作考核: every figure is a count over one list, `assessed`; docs/assessment.md.
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS unit LowCardinality(String)
    COMMENT 'unit that has the case after this entry';
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS handed_over Bool
    COMMENT 'the unit is outside the town';
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS grid_code LowCardinality(String);
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS division_code LowCardinality(String);
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS accept_by Nullable(DateTime64(3, 'Asia/Shanghai'))
    COMMENT 'until when the unit must accept, after this entry';
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS due_at Nullable(DateTime64(3, 'Asia/Shanghai'))
    COMMENT 'deadline of the case after this entry';
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS round UInt16
    COMMENT 'times that the case had been reopened';
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS evaluation String
    COMMENT 'JSON of the evaluation by citizens so far; empty: none yet';

-- Whistles: one row per called department, with its deadline to arrive and when it arrived.
CREATE OR REPLACE VIEW whistles AS
SELECT case_id, parseDateTime64BestEffort(JSONExtractString(w, 'at'), 3, 'Asia/Shanghai') AS at,
       JSONExtractString(w, 'kind') AS kind,
       arrayJoin(JSONExtract(w, 'units', 'Array(String)')) AS unit,
       parseDateTime64BestEffort(JSONExtractString(w, 'report_by'), 3, 'Asia/Shanghai')
           AS report_by,
       parseDateTime64BestEffortOrNull(JSONExtractString(w, 'arrived', unit), 3, 'Asia/Shanghai')
           AS arrived,
       has(JSONExtract(w, 'late', 'Array(String)'), unit) AS late,
       dateDiff('second', at, arrived) AS seconds_to_report, grid_code, division_code
FROM
(
    SELECT case_id, grid_code, division_code,
           arrayJoin(JSONExtractArrayRaw(body, 'whistles')) AS w
    FROM cases FINAL
);

-- Every entry with the unit and the time limit of the entry before it.
CREATE OR REPLACE VIEW case_entries AS
SELECT case_id, seq, move, at, state, reason, data, unit, handed_over, grid_code,
       substring(division_code, 1, 9) AS township, accept_by, due_at, round, evaluation,
       lagInFrame(unit) OVER life AS unit_before,
       lagInFrame(handed_over) OVER life AS handed_before,
       lagInFrame(accept_by) OVER life AS accept_before
FROM case_events FINAL
WINDOW life AS (PARTITION BY case_id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

-- Evaluations by citizens: for each settlement the last one of its round.
CREATE OR REPLACE VIEW evaluations AS
SELECT case_id, round, argMax(unit, seq) AS unit, argMax(handed_over, seq) AS handed_over,
       argMax(grid_code, seq) AS grid_code, argMax(township, seq) AS township, max(e.at) AS at,
       argMax(evaluation, seq) AS said, JSONExtractBool(said, 'responded') AS responded,
       JSONExtractBool(said, 'settled') AS settled,
       JSONExtract(said, 'satisfied', 'Nullable(Bool)') AS satisfied
FROM case_entries AS e
WHERE move = 'evaluate' AND evaluation != ''
GROUP BY case_id, round;

-- The list behind every figure: one row per occasion, and whether it went well for its unit.
CREATE OR REPLACE VIEW assessed AS
SELECT figure, case_id, at, toStartOfMonth(at) AS month, unit, grid_code, township, good
FROM
(
    SELECT 'acceptance' AS figure, case_id, at, unit, grid_code, township,
           accept_before IS NULL OR at <= accept_before AS good
    FROM case_entries WHERE move = 'accept' AND NOT handed_over
    UNION ALL
    SELECT 'acceptance', case_id, at, unit_before, grid_code, township, 0
    FROM case_entries WHERE move = 'time_out'
    UNION ALL
    SELECT 'settlement', case_id, at, unit, grid_code, township, due_at IS NULL OR at <= due_at
    FROM case_entries WHERE move = 'resolve' AND NOT handed_over
    UNION ALL
    SELECT 'overdue', case_id, at, unit, grid_code, township, 0
    FROM case_entries
    WHERE move = 'supervise' AND JSONExtractString(data, 'timer') = 'red' AND NOT handed_over
    UNION ALL
    SELECT 'return', case_id, at, unit_before, grid_code, township, 0
    FROM case_entries WHERE move = 'return' AND NOT handed_before
    UNION ALL
    SELECT 'extension', case_id, at, unit, grid_code, township, 0
    FROM case_entries WHERE move = 'extend' AND NOT handed_over
    UNION ALL
    SELECT 'urging', case_id, at, unit, grid_code, township, 0
    FROM case_entries WHERE move = 'follow_up' AND unit != '' AND NOT handed_over
    UNION ALL
    SELECT 'reopening', case_id, at, unit_before, grid_code, township, 0
    FROM case_entries WHERE move = 'reopen' AND unit_before != '' AND NOT handed_before
    UNION ALL
    SELECT 'whistle', case_id, if(arrived IS NULL, report_by, assumeNotNull(arrived)), unit,
           grid_code, substring(division_code, 1, 9),
           arrived IS NOT NULL AND assumeNotNull(arrived) <= report_by
    FROM whistles WHERE arrived IS NOT NULL OR late
    UNION ALL
    SELECT 'response', case_id, at, unit, grid_code, township, responded
    FROM evaluations WHERE NOT handed_over
    UNION ALL
    SELECT 'solution', case_id, at, unit, grid_code, township, settled
    FROM evaluations WHERE NOT handed_over
    UNION ALL
    SELECT 'satisfaction', case_id, at, unit, grid_code, township, assumeNotNull(satisfied)
    FROM evaluations WHERE satisfied IS NOT NULL AND NOT handed_over
);

CREATE OR REPLACE VIEW assessment_by_unit AS
SELECT figure, month, unit, count() AS occasions, countIf(good) AS well, well / occasions AS rate
FROM assessed GROUP BY figure, month, unit;

CREATE OR REPLACE VIEW assessment_by_grid AS
SELECT figure, month, grid_code, count() AS occasions, countIf(good) AS well,
       well / occasions AS rate
FROM assessed WHERE grid_code != '' GROUP BY figure, month, grid_code;

CREATE OR REPLACE VIEW assessment_by_township AS
SELECT figure, month, township, count() AS occasions, countIf(good) AS well,
       well / occasions AS rate
FROM assessed GROUP BY figure, month, township;

-- 年终考核表: one row per unit and year; a rate is NULL if there was no occasion.
CREATE OR REPLACE VIEW assessment_by_unit_year AS
SELECT toYear(a.at) AS year, a.unit AS unit, any(u.name) AS unit_name,
       countIf(figure = 'acceptance') AS accepted_or_not,
       avgOrNullIf(good, figure = 'acceptance') AS accepted_in_time,
       countIf(figure = 'settlement') AS settlements,
       avgOrNullIf(good, figure = 'settlement') AS settled_in_time,
       countIf(figure = 'overdue') AS overdue, countIf(figure = 'return') AS returns,
       countIf(figure = 'extension') AS extensions, countIf(figure = 'urging') AS urgings,
       countIf(figure = 'reopening') AS reopenings, countIf(figure = 'whistle') AS whistles,
       avgOrNullIf(good, figure = 'whistle') AS reported_in_time,
       countIf(figure = 'response') AS evaluated,
       avgOrNullIf(good, figure = 'response') AS response_rate,
       avgOrNullIf(good, figure = 'solution') AS solution_rate,
       avgOrNullIf(good, figure = 'satisfaction') AS satisfaction_rate
FROM assessed AS a LEFT JOIN (SELECT code, name FROM units FINAL) AS u ON u.code = a.unit
GROUP BY year, unit;

-- 631 by township and month, with the share that the grid settled itself and the drift of the
-- village's share against the month before of the same township.
CREATE OR REPLACE VIEW share_631_drift AS
SELECT month, township, settled, grid_share, village_share, township_share, county_share,
       if(lagInFrame(settled) OVER past = 0, NULL,
          village_share - lagInFrame(village_share) OVER past) AS village_drift
FROM
(
    SELECT toStartOfMonth(assumeNotNull(settled_at)) AS month,
           substring(division_code, 1, 9) AS township, count() AS settled,
           countIf(settled_tier = 'grid') / settled AS grid_share,
           countIf(settled_tier IN ('grid', 'village')) / settled AS village_share,
           countIf(settled_tier = 'township') / settled AS township_share,
           countIf(settled_tier = 'county') / settled AS county_share
    FROM cases FINAL WHERE settled_at IS NOT NULL GROUP BY month, township
)
WINDOW past AS (PARTITION BY township ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

-- The reports of each grid worker and their outcome; the cases are those of `worker_reports`.
CREATE OR REPLACE VIEW worker_reports AS
SELECT JSONExtractString(e.native, 'workerId') AS worker, e.event_id AS event_id,
       e.grid_code AS grid_code, toStartOfMonth(e.received_at) AS month, d.case_id AS case_id,
       c.settled_at IS NOT NULL AS settled
FROM (SELECT * FROM events FINAL WHERE channel = 'grid_patrol' AND kind IN ('report', 'wish')) AS e
LEFT JOIN (SELECT event_id, case_id FROM dispositions FINAL) AS d ON d.event_id = e.event_id
LEFT JOIN (SELECT case_id, settled_at FROM cases FINAL) AS c ON c.case_id = d.case_id;

CREATE OR REPLACE VIEW assessment_by_worker AS
SELECT month, worker, count() AS found, countIf(settled) AS settled_of_them
FROM worker_reports GROUP BY month, worker;
