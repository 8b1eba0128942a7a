-- Patrols and visits: the duties of the plans, and which were done. docs/patrols.md.
ALTER TABLE events ADD COLUMN IF NOT EXISTS attends Nullable(UUID)
    COMMENT 'case that a check or a visit attends on the spot';

CREATE TABLE IF NOT EXISTS workers
(
    code String,
    kind LowCardinality(String),
    grid_code String,
    since Date,
    until Nullable(Date)
)
ENGINE = ReplacingMergeTree
ORDER BY (grid_code, code, since);

CREATE TABLE IF NOT EXISTS households
(
    code String,
    grid_code String,
    classes Array(LowCardinality(String)),
    since Date,
    until Nullable(Date)
)
ENGINE = ReplacingMergeTree
ORDER BY (code, since);

CREATE TABLE IF NOT EXISTS plans
(
    id String,
    name String,
    does LowCardinality(String) COMMENT 'check or visit',
    every LowCardinality(String) COMMENT 'day, working_day, week, month, quarter, matter',
    whom LowCardinality(String) COMMENT 'grids or households',
    classes Array(String),
    category Array(String),
    urgency Array(String),
    within_hours Float64,
    since Date COMMENT 'as stated in the plan, else the day on which the hub first stored it',
    until Nullable(Date)
)
ENGINE = ReplacingMergeTree
ORDER BY id;

CREATE TABLE IF NOT EXISTS calendar (day Date, working Bool)
ENGINE = ReplacingMergeTree ORDER BY day;

CREATE TABLE IF NOT EXISTS duty_records
(
    duty_id UUID,
    plan LowCardinality(String),
    subject String COMMENT 'code of a grid or household, or case id',
    grid_code String,
    worker LowCardinality(String),
    household String,
    case_id Nullable(UUID),
    begins DateTime64(3, 'Asia/Shanghai'),
    ends DateTime64(3, 'Asia/Shanghai'),
    outcome LowCardinality(String),
    body String
)
ENGINE = ReplacingMergeTree
ORDER BY (duty_id, outcome);

-- The periods of each plan from its beginning until now; `after` is the day after the last.
CREATE OR REPLACE VIEW plan_periods AS
SELECT id AS plan, name AS plan_name, does, every, whom, classes, first,
       multiIf(every = 'week', first + 7, every = 'month', addMonths(first, 1),
               every = 'quarter', addQuarters(first, 1), first + 1) AS after
FROM
(
    SELECT id, name, does, every, whom, classes,
           arrayJoin(arrayDistinct(arrayMap(
               day -> multiIf(every = 'week', toStartOfWeek(day, 1),
                              every = 'month', toStartOfMonth(day),
                              every = 'quarter', toStartOfQuarter(day), day),
               arrayMap(i -> since + i, range(toUInt32(greatest(
                   dateDiff('day', since, least(ifNull(until, today), today)) + 1, 0))))))) AS first
    FROM (SELECT *, toDate(now('Asia/Shanghai')) AS today FROM plans FINAL WHERE every != 'matter')
) AS p
LEFT JOIN (SELECT day, toNullable(working) AS working FROM calendar FINAL) AS c ON c.day = p.first
WHERE every != 'working_day' OR ifNull(c.working, toDayOfWeek(first) <= 5);

-- The first check or visit of each grid and household in each sort of period, by when it was done,
-- however late it was uploaded.
CREATE OR REPLACE VIEW rounds_done AS
SELECT every, whom, does, subject,
       multiIf(every = 'week', toStartOfWeek(day, 1), every = 'month', toStartOfMonth(day),
               every = 'quarter', toStartOfQuarter(day), day) AS first,
       toNullable(min(at)) AS done_at, argMin(worker, order) AS done_by,
       toNullable(argMin(id, order)) AS event_id
FROM
(
    SELECT event_id AS id, occurred_at AS at, (at, toString(id)) AS order, toDate(occurred_at) AS day, worker,
           if(kind = 'visit', 'visit', 'check') AS does,
           arrayJoin([('grids', grid_code), ('households', household)]) AS seen,
           seen.1 AS whom, seen.2 AS subject,
           arrayJoin(['day', 'working_day', 'week', 'month', 'quarter']) AS every
    FROM events FINAL
    WHERE channel = 'grid_patrol' AND kind IN ('patrol_check', 'visit')
)
WHERE subject != '' GROUP BY every, whom, does, subject, first;

-- Checks and visits that attend a case; for a merged case they attend the case it was merged into.
CREATE OR REPLACE VIEW attendances AS
SELECT ifNull(m.merged_into, assumeNotNull(v.attends)) AS case_id, v.event_id AS event_id,
       toNullable(v.occurred_at) AS at, v.worker AS worker,
       if(v.kind = 'visit', 'visit', 'check') AS does
FROM
(
    SELECT event_id, occurred_at, worker, kind, attends FROM events FINAL
    WHERE channel = 'grid_patrol' AND kind IN ('patrol_check', 'visit') AND attends IS NOT NULL
) AS v
LEFT JOIN (SELECT case_id, merged_into FROM cases FINAL WHERE state = 'merged') AS m
    ON m.case_id = v.attends;

-- Duties by the calendar: of every grid, or of every household of the plan's classes.
CREATE OR REPLACE VIEW duties_of_periods AS
SELECT d.plan AS plan, d.plan_name AS plan_name, d.does AS does, d.grid_code AS grid_code,
       d.household AS household, CAST(NULL, 'Nullable(UUID)') AS case_id,
       toDateTime64(d.first, 3, 'Asia/Shanghai') AS begins,
       toDateTime64(d.after, 3, 'Asia/Shanghai') AS ends, d.after - 1 AS last_day,
       e.done_at AS done_at, e.done_by AS done_by, e.event_id AS event_id
FROM
(
    SELECT s.plan AS plan, s.plan_name AS plan_name, s.does AS does, s.every AS every,
           s.whom AS whom, s.first AS first, s.after AS after, g.code AS grid_code,
           '' AS household, g.code AS subject
    FROM (SELECT * FROM plan_periods WHERE whom = 'grids') AS s
    CROSS JOIN (SELECT code FROM grids FINAL) AS g
    UNION ALL
    SELECT s.plan, s.plan_name, s.does, s.every, s.whom, s.first, s.after, h.grid_code,
           h.code, h.code
    FROM (SELECT * FROM plan_periods WHERE whom = 'households') AS s
    CROSS JOIN (SELECT * FROM households FINAL) AS h
    WHERE (empty(s.classes) OR hasAny(s.classes, h.classes))
          AND h.since < s.after AND ifNull(h.until, s.after) >= s.after - 1
) AS d
LEFT JOIN rounds_done AS e
    ON e.every = d.every AND e.whom = d.whom AND e.does = d.does AND e.subject = d.subject
       AND e.first = d.first;

-- Duties because of a matter: the grid's worker must be on the spot within the plan's hours 必到.
CREATE OR REPLACE VIEW duties_of_matters AS
SELECT plan, plan_name, does, c.grid_code AS grid_code, '' AS household,
       toNullable(c.case_id) AS case_id, c.opened_at AS begins, c.ends AS ends,
       toDate(c.opened_at) AS last_day, minOrNullIf(e.at, e.at < c.ends) AS done_at,
       ifNull(argMinIf(e.worker, (e.at, toString(e.event_id)), e.at < c.ends), '') AS done_by,
       if(done_at IS NULL, NULL, argMinIf(e.event_id, (e.at, toString(e.event_id)), e.at < c.ends))
           AS event_id
FROM
(
    SELECT p.id AS plan, p.name AS plan_name, p.does AS does, c.case_id AS case_id,
           c.grid_code AS grid_code, c.opened_at AS opened_at,
           c.opened_at + toIntervalSecond(toInt64(p.within_hours * 3600)) AS ends
    FROM (SELECT * FROM plans FINAL WHERE every = 'matter') AS p
    CROSS JOIN
    (
        SELECT case_id, grid_code, category, urgency, opened_at FROM cases FINAL
        WHERE grid_code != '' AND state NOT IN ('merged', 'withdrawn')
              AND NOT JSONExtractBool(body, 'confidential')
    ) AS c
    WHERE (has(p.category, c.category) OR has(p.urgency, c.urgency)
           OR has(p.category, concat(splitByChar('.', c.category)[1], '.*')))
          AND toDate(c.opened_at) BETWEEN p.since AND ifNull(p.until, toDate(c.opened_at))
) AS c
LEFT JOIN attendances AS e
    ON e.case_id = c.case_id AND e.does = c.does
GROUP BY plan, plan_name, does, c.grid_code, c.case_id, c.opened_at, c.ends;

-- All duties, with the worker responsible on the last day, and the first worker who did it.
CREATE OR REPLACE VIEW duties AS
SELECT t.plan AS plan, t.plan_name AS plan_name, t.does AS does, t.grid_code AS grid_code,
       g.division_code AS division_code,
       arrayFirst(w -> w.2 <= t.last_day AND t.last_day <= w.3, p.posts).4 AS worker,
       t.household AS household, t.case_id AS case_id,
       ifNull(toString(t.case_id), if(t.household = '', t.grid_code, t.household)) AS subject,
       t.begins AS begins, t.ends AS ends,
       t.done_at AS done_at, t.done_by AS done_by, t.event_id AS event_id,
       multiIf(t.done_at IS NOT NULL, 'done', t.ends <= now64(3), 'missed', 'open') AS outcome
FROM (SELECT * FROM duties_of_periods UNION ALL SELECT * FROM duties_of_matters) AS t
LEFT JOIN (SELECT code, division_code FROM grids FINAL) AS g ON g.code = t.grid_code
LEFT JOIN
(
    SELECT grid_code,
           arraySort(groupArray((indexOf(['full_time', 'part_time', 'specialist'], kind), since,
                                 ifNull(until, toDate('2149-06-06')), code))) AS posts
    FROM workers FINAL GROUP BY grid_code
) AS p ON p.grid_code = t.grid_code;

-- Coverage 巡查走访覆盖率: the share of the duties of a period that is done; open ones are not missed yet.
CREATE OR REPLACE VIEW coverage_by_grid AS
SELECT plan, any(plan_name) AS plan_name, toDate(begins) AS day, grid_code, count() AS due,
       countIf(outcome = 'done') AS done, countIf(outcome = 'missed') AS missed,
       countIf(outcome = 'open') AS open, done / due AS rate
FROM duties GROUP BY plan, day, grid_code;

CREATE OR REPLACE VIEW coverage_by_worker AS
SELECT plan, any(plan_name) AS plan_name, toDate(begins) AS day, worker, count() AS due,
       countIf(outcome = 'done') AS done, countIf(outcome = 'missed') AS missed,
       countIf(outcome = 'open') AS open, done / due AS rate
FROM duties GROUP BY plan, day, worker;

CREATE OR REPLACE VIEW coverage_by_township AS
SELECT plan, any(plan_name) AS plan_name, toDate(begins) AS day,
       substring(division_code, 1, 9) AS township, count() AS due,
       countIf(outcome = 'done') AS done, countIf(outcome = 'missed') AS missed,
       countIf(outcome = 'open') AS open, done / due AS rate
FROM duties GROUP BY plan, day, township;
