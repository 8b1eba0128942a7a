-- Visits that are due by the classes of people 按人员类别走访 (docs/patrols.md). The register has no day
-- on which somebody got a class; this table keeps the day on which the hub first saw it, so nobody
-- is overdue on his first day. The hub writes it again after each load: whoever died, moved away or
-- lost a class is in no row.
CREATE TABLE IF NOT EXISTS people_followed
(
    code String COMMENT 'person, by keyed hash',
    class LowCardinality(String),
    grid_code LowCardinality(String),
    division_code LowCardinality(String),
    household String,
    since Date COMMENT 'day on which the hub first saw the person with the class'
)
ENGINE = ReplacingMergeTree
ORDER BY (code, class);

-- A visit is done in the calendar period of today; it is overdue if the whole period before passed
-- without one, too. A visit counts for every plan that the person is in.
CREATE OR REPLACE VIEW visits_of_people AS
SELECT plan, plan_name, every, code, class, grid_code, division_code, household, since, begins,
       multiIf(every = 'week', begins + 7, every = 'month', addMonths(begins, 1),
               every = 'quarter', addQuarters(begins, 1), begins + 1) - 1 AS last_day,
       last_visit,
       multiIf(ifNull(last_visit >= begins, false), 'done',
               greatest(since, plan_since) <= begins_before
               AND ifNull(last_visit < begins_before, true), 'overdue', 'due') AS state
FROM
(
    SELECT f.plan AS plan, f.plan_name AS plan_name, f.every AS every, f.plan_since AS plan_since,
           f.code AS code, f.class AS class, f.grid_code AS grid_code,
           f.division_code AS division_code, f.household AS household, f.since AS since,
           f.begins AS begins, f.begins_before AS begins_before,
           if(v.person = '', NULL, v.last_day) AS last_visit
    FROM
    (
        SELECT p.id AS plan, p.name AS plan_name, p.every AS every, p.since AS plan_since,
               p.begins AS begins, p.begins_before AS begins_before,
               c.code AS code, c.class AS class, c.grid_code AS grid_code,
               c.division_code AS division_code, c.household AS household, c.since AS since
        FROM
        (
            SELECT id, name, every, since, planned,
                   multiIf(every = 'week', toStartOfWeek(today, 1),
                           every = 'month', toStartOfMonth(today),
                           every = 'quarter', toStartOfQuarter(today), today) AS begins,
                   multiIf(every = 'week', begins - 7, every = 'month', addMonths(begins, -1),
                           every = 'quarter', addQuarters(begins, -1), begins - 1) AS begins_before
            FROM (SELECT *, toDate(now('Asia/Shanghai')) AS today FROM plans FINAL)
            ARRAY JOIN classes AS planned
            WHERE whom = 'people' AND since <= today AND ifNull(until, today) >= today
        ) AS p
        JOIN (SELECT * FROM people_followed FINAL) AS c ON c.class = p.planned
    ) AS f
    LEFT JOIN
    (
        SELECT person, max(toDate(at)) AS last_day FROM person_visits
        WHERE at <= now64(3) GROUP BY person
    ) AS v ON v.person = f.code
);

-- Fewer than five people: only their number, which people_by_class has too. Who of them was not
-- seen would be known to a neighbour.
CREATE OR REPLACE VIEW visits_by_class AS
SELECT v.grid_code AS grid_code, any(v.division_code) AS division_code, v.class AS class,
       v.plan AS plan, any(v.plan_name) AS plan_name, any(v.every) AS every, any(v.begins) AS day,
       count() AS people, people < 5 AS is_few,
       if(is_few, NULL, countIf(v.state = 'done')) AS done,
       if(is_few, NULL, countIf(v.state = 'due')) AS due,
       if(is_few, NULL, countIf(v.state = 'overdue')) AS overdue
FROM visits_of_people AS v GROUP BY grid_code, class, plan;

-- The same by township: classes of a grid are mostly few people. A township also has no numbers if the
-- grids without numbers have fewer than five people together: whoever subtracts the other grids would
-- learn theirs.
CREATE OR REPLACE VIEW visits_by_township AS
SELECT g.township AS township, g.class AS class, g.plan AS plan, any(g.plan_name) AS plan_name,
       any(g.every) AS every, any(g.begins) AS day, sum(g.of_grid) AS people,
       people < 5 OR sumIf(g.of_grid, g.of_grid < 5) BETWEEN 1 AND 4 AS is_few,
       if(is_few, NULL, sum(g.of_done)) AS done,
       if(is_few, NULL, sum(g.of_due)) AS due,
       if(is_few, NULL, sum(g.of_overdue)) AS overdue
FROM
(
    SELECT substring(v.division_code, 1, 9) AS township, v.grid_code AS grid_code, v.class AS class,
           v.plan AS plan, any(v.plan_name) AS plan_name, any(v.every) AS every,
           any(v.begins) AS begins, count() AS of_grid, countIf(v.state = 'done') AS of_done,
           countIf(v.state = 'due') AS of_due, countIf(v.state = 'overdue') AS of_overdue
    FROM visits_of_people AS v GROUP BY township, grid_code, class, plan
) AS g
GROUP BY township, class, plan;

-- All cared-for people of a grid, each once: overdue if any of his plans is. With the worker who has
-- the grid today, as in duties. No numbers if those who are in no class with numbers are fewer than
-- five: whoever subtracts the classes would learn theirs.
CREATE OR REPLACE VIEW visits_by_grid AS
SELECT p.grid_code AS grid_code, any(p.division_code) AS division_code, any(w.worker) AS worker,
       count() AS people,
       people < 5 OR countIf(NOT p.is_shown) BETWEEN 1 AND 4 AS is_few,
       if(is_few, NULL, countIf(p.is_done)) AS done,
       if(is_few, NULL, countIf(NOT p.is_done AND NOT p.is_overdue)) AS due,
       if(is_few, NULL, countIf(p.is_overdue)) AS overdue
FROM
(
    SELECT v.code AS code, any(v.grid_code) AS grid_code, any(v.division_code) AS division_code,
           countIf(v.state != 'done') = 0 AS is_done, countIf(v.state = 'overdue') > 0 AS is_overdue,
           max(v.of_class) >= 5 AS is_shown
    FROM
    (
        SELECT code, grid_code, division_code, state,
               count() OVER (PARTITION BY grid_code, class, plan) AS of_class
        FROM visits_of_people WHERE startsWith(class, 'cared.')
    ) AS v
    GROUP BY code
) AS p
LEFT JOIN
(
    SELECT grid_code,
           arraySort(groupArray((indexOf(['full_time', 'part_time', 'specialist'], kind), since,
                                 code)))[1].3 AS worker
    FROM workers FINAL
    WHERE since <= toDate(now('Asia/Shanghai'))
          AND ifNull(until, toDate(now('Asia/Shanghai'))) >= toDate(now('Asia/Shanghai'))
    GROUP BY grid_code
) AS w ON w.grid_code = p.grid_code
GROUP BY grid_code;
