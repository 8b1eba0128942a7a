-- Recent duties, without computing those of the whole past: each view takes a day, returns the periods
-- that end on or after it, and reads no check or visit before the quarter of that day.
CREATE OR REPLACE VIEW plan_periods_since AS
SELECT * FROM plan_periods WHERE after > {since:Date};

CREATE OR REPLACE VIEW rounds_since AS
SELECT every, whom, does, subject,
       multiIf(every = 'week', toStartOfWeek(day, 1), every = 'month', toStartOfMonth(day),
               every = 'quarter', toStartOfQuarter(day), day) AS first,
       toNullable(min(at)) AS done_at, argMin(worker, order) AS done_by,
       toNullable(argMin(id, order)) AS event_id
FROM
(
    SELECT event_id AS id, occurred_at AS at, (at, toString(id)) AS order, toDate(occurred_at) AS day,
           worker,
           if(kind = 'visit', 'visit', 'check') AS does,
           arrayJoin([('grids', grid_code), ('households', household)]) AS seen,
           seen.1 AS whom, seen.2 AS subject,
           arrayJoin(['day', 'working_day', 'week', 'month', 'quarter']) AS every
    FROM events FINAL
    WHERE channel = 'grid_patrol' AND kind IN ('patrol_check', 'visit')
          AND toDate(occurred_at) >= toStartOfQuarter({since:Date}) - 7
)
WHERE subject != '' GROUP BY every, whom, does, subject, first;

CREATE OR REPLACE VIEW duties_of_periods_since AS
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
    FROM (SELECT * FROM plan_periods_since(since = {since:Date}) WHERE whom = 'grids') AS s
    CROSS JOIN (SELECT code FROM grids FINAL) AS g
    UNION ALL
    SELECT s.plan, s.plan_name, s.does, s.every, s.whom, s.first, s.after, h.grid_code,
           h.code, h.code
    FROM (SELECT * FROM plan_periods_since(since = {since:Date}) WHERE whom = 'households') AS s
    CROSS JOIN (SELECT * FROM households FINAL) AS h
    WHERE (empty(s.classes) OR hasAny(s.classes, h.classes))
          AND h.since < s.after AND ifNull(h.until, s.after) >= s.after - 1
) AS d
LEFT JOIN rounds_since(since = {since:Date}) AS e
    ON e.every = d.every AND e.whom = d.whom AND e.does = d.does AND e.subject = d.subject
       AND e.first = d.first;

CREATE OR REPLACE VIEW duties_of_matters_since AS
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
        WHERE grid_code != '' AND state NOT IN ('merged', 'withdrawn') AND NOT confidential
              AND opened_at >= toDateTime64({since:Date}, 3, 'Asia/Shanghai')
                  - toIntervalHour((SELECT toUInt32(ceil(max(within_hours))) FROM plans FINAL))
    ) AS c
    WHERE (has(p.category, c.category) OR has(p.urgency, c.urgency)
           OR has(p.category, concat(splitByChar('.', c.category)[1], '.*')))
          AND toDate(c.opened_at) BETWEEN p.since AND ifNull(p.until, toDate(c.opened_at))
          AND toDate(ends) >= {since:Date}
) AS c
LEFT JOIN attendances AS e
    ON e.case_id = c.case_id AND e.does = c.does
GROUP BY plan, plan_name, does, c.grid_code, c.case_id, c.opened_at, c.ends;

CREATE OR REPLACE VIEW duties_since AS
SELECT t.plan AS plan, t.plan_name AS plan_name, t.does AS does, t.grid_code AS grid_code,
       g.division_code AS division_code,
       arrayFirst(w -> w.2 <= t.last_day AND t.last_day <= w.3, p.posts).4 AS worker,
       t.household AS household, t.case_id AS case_id,
       ifNull(toString(t.case_id), if(t.household = '', t.grid_code, t.household)) AS subject,
       t.begins AS begins, t.ends AS ends,
       t.done_at AS done_at, t.done_by AS done_by, t.event_id AS event_id,
       multiIf(t.done_at IS NOT NULL, 'done', t.ends <= now64(3), 'missed', 'open') AS outcome
FROM
(
    SELECT * FROM duties_of_periods_since(since = {since:Date})
    UNION ALL
    SELECT * FROM duties_of_matters_since(since = {since:Date})
) AS t
LEFT JOIN (SELECT code, division_code FROM grids FINAL) AS g ON g.code = t.grid_code
LEFT JOIN
(
    SELECT grid_code,
           arraySort(groupArray((indexOf(['full_time', 'part_time', 'specialist'], kind), since,
                                 ifNull(until, toDate('2149-06-06')), code))) AS posts
    FROM workers FINAL GROUP BY grid_code
) AS p ON p.grid_code = t.grid_code;

CREATE OR REPLACE VIEW duties AS SELECT * FROM duties_since(since = '1971-01-01');

DROP VIEW IF EXISTS duties_of_periods;
DROP VIEW IF EXISTS duties_of_matters;
DROP VIEW IF EXISTS rounds_done;
