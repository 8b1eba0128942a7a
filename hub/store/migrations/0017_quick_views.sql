-- Figures that the overview queries all day, computed at insert: docs/decisions/0014-quick-views.md.
-- Every row below is replaced or counted by its id, so a redelivery changes nothing.

-- A new entry has the unit before it. Entries that are already stored get it from the previous entry.
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS unit_before LowCardinality(String)
    COMMENT 'unit that had the case before this entry';
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS handed_before Bool;
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS accept_before Nullable(DateTime64(3, 'Asia/Shanghai'))
    COMMENT 'until when the unit before this entry had to accept';

INSERT INTO case_events
    (case_event_id, case_id, seq, move, at, state, cause, channel, actor, reason, data, unit,
     handed_over, grid_code, division_code, accept_by, due_at, round, evaluation, words, unit_before,
     handed_before, accept_before)
SELECT case_event_id, case_id, seq, move, at, state, cause, channel, actor, reason, data, unit,
       handed_over, grid_code, division_code, accept_by, due_at, round, evaluation, words,
       lagInFrame(unit) OVER life, lagInFrame(handed_over) OVER life, lagInFrame(accept_by) OVER life
FROM case_events FINAL
WINDOW life AS (PARTITION BY case_id ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

CREATE OR REPLACE VIEW case_entries AS
SELECT case_id, seq, move, at, state, reason, data, unit, handed_over, grid_code,
       substring(division_code, 1, 9) AS township, accept_by, due_at, round, evaluation,
       unit_before, handed_before, accept_before
FROM case_events FINAL;

-- Entries that count for or against a unit, by month. An entry that is computed again after a crash
-- has the same case and number.
CREATE TABLE IF NOT EXISTS assessed_entries
(
    month Date,
    figure LowCardinality(String),
    case_id UUID,
    seq UInt32,
    at DateTime64(3, 'Asia/Shanghai'),
    unit LowCardinality(String),
    grid_code LowCardinality(String),
    township LowCardinality(String),
    good Bool
)
ENGINE = ReplacingMergeTree
PARTITION BY month
ORDER BY (month, figure, case_id, seq);

CREATE MATERIALIZED VIEW IF NOT EXISTS assessed_entries_fed TO assessed_entries AS
SELECT toStartOfMonth(at) AS month,
       multiIf(move IN ('accept', 'time_out'), 'acceptance', move = 'resolve', 'settlement',
               move = 'supervise', 'overdue', move = 'extend', 'extension',
               move = 'follow_up', 'urging', move = 'reopen', 'reopening', 'return') AS figure,
       case_id, seq, at,
       if(move IN ('time_out', 'return', 'reopen'), unit_before, e.unit) AS unit, grid_code,
       substring(division_code, 1, 9) AS township,
       multiIf(move = 'accept', accept_before IS NULL OR at <= accept_before,
               move = 'resolve', due_at IS NULL OR at <= due_at, 0) AS good
FROM case_events AS e
WHERE (move IN ('accept', 'resolve', 'extend') AND NOT handed_over) OR move = 'time_out'
      OR (move = 'supervise' AND JSONExtractString(data, 'timer') = 'red' AND NOT handed_over)
      OR (move = 'return' AND NOT handed_before)
      OR (move = 'follow_up' AND e.unit != '' AND NOT handed_over)
      OR (move = 'reopen' AND unit_before != '' AND NOT handed_before);

INSERT INTO assessed_entries
SELECT toStartOfMonth(at) AS month,
       multiIf(move IN ('accept', 'time_out'), 'acceptance', move = 'resolve', 'settlement',
               move = 'supervise', 'overdue', move = 'extend', 'extension',
               move = 'follow_up', 'urging', move = 'reopen', 'reopening', 'return') AS figure,
       case_id, seq, at,
       if(move IN ('time_out', 'return', 'reopen'), unit_before, e.unit) AS unit, grid_code,
       substring(division_code, 1, 9) AS township,
       multiIf(move = 'accept', accept_before IS NULL OR at <= accept_before,
               move = 'resolve', due_at IS NULL OR at <= due_at, 0) AS good
FROM case_events AS e FINAL
WHERE (move IN ('accept', 'resolve', 'extend') AND NOT handed_over) OR move = 'time_out'
      OR (move = 'supervise' AND JSONExtractString(data, 'timer') = 'red' AND NOT handed_over)
      OR (move = 'return' AND NOT handed_before)
      OR (move = 'follow_up' AND e.unit != '' AND NOT handed_over)
      OR (move = 'reopen' AND unit_before != '' AND NOT handed_before);

-- Evaluations by citizens: for each settlement the last one of its round stays.
CREATE TABLE IF NOT EXISTS last_words
(
    case_id UUID,
    round UInt16,
    seq UInt32,
    unit LowCardinality(String),
    handed_over Bool,
    grid_code LowCardinality(String),
    township LowCardinality(String),
    at DateTime64(3, 'Asia/Shanghai'),
    said String
)
ENGINE = ReplacingMergeTree(seq)
ORDER BY (case_id, round);

CREATE MATERIALIZED VIEW IF NOT EXISTS last_words_fed TO last_words AS
SELECT case_id, round, seq, unit, handed_over, grid_code,
       substring(division_code, 1, 9) AS township, at, evaluation AS said
FROM case_events WHERE move = 'evaluate' AND evaluation != '';

INSERT INTO last_words
SELECT case_id, round, seq, unit, handed_over, grid_code,
       substring(division_code, 1, 9) AS township, at, evaluation AS said
FROM case_events FINAL WHERE move = 'evaluate' AND evaluation != '';

CREATE OR REPLACE VIEW evaluations AS
SELECT case_id, round, unit, handed_over, grid_code, township, at, said,
       JSONExtractBool(said, 'responded') AS responded, JSONExtractBool(said, 'settled') AS settled,
       JSONExtract(said, 'satisfied', 'Nullable(Bool)') AS satisfied
FROM last_words FINAL;

-- Two fields of a case that views need, so that they do not read the whole record.
ALTER TABLE cases ADD COLUMN IF NOT EXISTS confidential Bool
    MATERIALIZED JSONExtractBool(body, 'confidential') COMMENT '保密';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS whistles_told String
    MATERIALIZED if(JSONExtractRaw(body, 'whistles') = '[]', '', JSONExtractRaw(body, 'whistles'))
    COMMENT 'JSON of its whistles; empty: none';
ALTER TABLE cases MATERIALIZE COLUMN confidential SETTINGS mutations_sync = 2;
ALTER TABLE cases MATERIALIZE COLUMN whistles_told SETTINGS mutations_sync = 2;

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
    SELECT case_id, grid_code, division_code, arrayJoin(JSONExtractArrayRaw(whistles_told)) AS w
    FROM cases FINAL WHERE whistles_told != ''
);

CREATE OR REPLACE VIEW assessed AS
SELECT figure, case_id, at, month, unit, grid_code, township, good FROM assessed_entries FINAL
UNION ALL
SELECT 'whistle', case_id, if(arrived IS NULL, report_by, assumeNotNull(arrived)) AS at,
       toStartOfMonth(at), unit, grid_code, substring(division_code, 1, 9),
       arrived IS NOT NULL AND assumeNotNull(arrived) <= report_by
FROM whistles WHERE arrived IS NOT NULL OR late
UNION ALL
SELECT told.1, case_id, at, toStartOfMonth(at), unit, grid_code, township, assumeNotNull(told.2)
FROM evaluations
ARRAY JOIN [('response', toNullable(responded)), ('solution', toNullable(settled)),
            ('satisfaction', satisfied)] AS told
WHERE NOT handed_over AND told.2 IS NOT NULL;

-- Arrivals by quarter of an hour: a fact that comes again counts once in its slot.
CREATE TABLE IF NOT EXISTS arrivals_kept
(
    day Date,
    slot DateTime('Asia/Shanghai'),
    channel LowCardinality(String),
    kind LowCardinality(String),
    division_code LowCardinality(String),
    grid_code LowCardinality(String),
    ids AggregateFunction(uniqExact, UUID),
    lag AggregateFunction(quantileTDigest(0.95), Int64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, slot, channel, kind, division_code, grid_code);

CREATE MATERIALIZED VIEW IF NOT EXISTS arrivals_fed TO arrivals_kept AS
SELECT toDate(received_at) AS day, toStartOfFifteenMinutes(toDateTime(received_at)) AS slot, channel,
       kind, division_code, grid_code, uniqExactState(event_id) AS ids,
       quantileTDigestState(0.95)(dateDiff('millisecond', received_at, stored_at)) AS lag
FROM events GROUP BY day, slot, channel, kind, division_code, grid_code;

INSERT INTO arrivals_kept
SELECT toDate(received_at) AS day, toStartOfFifteenMinutes(toDateTime(received_at)) AS slot, channel,
       kind, division_code, grid_code, uniqExactState(event_id) AS ids,
       quantileTDigestState(0.95)(dateDiff('millisecond', received_at, stored_at)) AS lag
FROM events FINAL GROUP BY day, slot, channel, kind, division_code, grid_code;

CREATE OR REPLACE VIEW arrivals AS
SELECT day, slot, channel, kind, division_code, grid_code, uniqExactMerge(ids) AS events,
       quantileTDigestMerge(0.95)(lag) AS lag_ms
FROM arrivals_kept GROUP BY day, slot, channel, kind, division_code, grid_code;
