-- Views of the projects 村居项目: each project as it stands, its stages and its money. docs/projects.md.
-- Of two records with the same number the earlier one counts.
CREATE OR REPLACE VIEW project_entries AS
SELECT * EXCEPT (body) FROM project_records FINAL
ORDER BY code, seq, at, toString(record_id) LIMIT 1 BY code, seq;

CREATE OR REPLACE VIEW projects AS
SELECT code, number, name, project_class, division_code, grid_code, place, lon, lat, summary, unit,
       budget, raised, stage, stage_since, due, state, contractor, registered_at, changed_at, records,
       if(state = 'open', greatest(dateDiff('day', due, today), 0), 0) AS days_late,
       multiIf(state != 'open', '', days_late > 7, 'up', days_late > 0, 'red',
               dateDiff('day', toDate(stage_since), today)
                   >= 0.8 * greatest(dateDiff('day', toDate(stage_since), due), 1), 'yellow', '')
           AS supervision
FROM
(
    SELECT e.code AS code, anyIf(e.number, e.kind = 'registered') AS number,
           anyIf(e.name, e.kind = 'registered') AS name,
           anyIf(e.project_class, e.kind = 'registered') AS project_class,
           any(e.division_code) AS division_code, any(e.grid_code) AS grid_code,
           any(e.unit) AS unit, anyIf(e.place, e.kind = 'registered') AS place,
           anyIf(e.lon, e.kind = 'registered') AS lon, anyIf(e.lat, e.kind = 'registered') AS lat,
           anyIf(e.summary, e.kind = 'registered') AS summary,
           anyIf(e.budget, e.kind = 'registered') AS budget,
           sumIf(e.amount, e.kind = 'money') - sumIf(e.amount, e.kind = 'cancelled') AS raised,
           argMaxIf(e.stage, e.seq, e.stage != '') AS stage,
           argMaxIf(e.at, e.seq, e.stage != '') AS stage_since,
           assumeNotNull(argMaxIf(e.due, e.seq, e.stage != '')) AS due,
           multiIf(countIf(e.kind = 'finished') > 0, 'finished',
                   countIf(e.kind = 'stopped') > 0, 'stopped', 'open') AS state,
           argMaxIf(e.contractor, e.seq, e.contractor != '') AS contractor,
           min(e.at) AS registered_at, max(e.at) AS changed_at, count() AS records,
           toDate(now('Asia/Shanghai')) AS today
    FROM project_entries AS e GROUP BY e.code
);

CREATE OR REPLACE VIEW project_stages AS
SELECT code, name, division_code, grid_code, unit, entry.2 AS stage, entry.3 AS entered_at,
       assumeNotNull(entry.4) AS due, left_at, left_at IS NULL AS is_present,
       greatest(dateDiff('day', due, toDate(ifNull(left_at, now64(3, 'Asia/Shanghai')))), 0)
           AS days_late
FROM
(
    SELECT e.code AS code, anyIf(e.name, e.kind = 'registered') AS name,
           any(e.division_code) AS division_code, any(e.grid_code) AS grid_code,
           any(e.unit) AS unit,
           arraySort(groupArray((e.seq, toString(e.stage), e.at, e.due))) AS entries,
           arrayPushBack(arrayMap(entry -> toNullable(entry.3), arrayPopFront(entries)), NULL)
               AS ends
    FROM project_entries AS e WHERE e.kind IN ('registered', 'stage', 'finished', 'stopped')
    GROUP BY e.code
)
ARRAY JOIN entries AS entry, ends AS left_at
WHERE entry.2 != '';

CREATE OR REPLACE VIEW project_money AS
SELECT e.code AS code, e.seq AS seq, e.at AS at, e.source AS source, e.amount AS amount,
       if(e.source = 'donation' AND e.donor = '', '匿名', e.donor) AS donor, e.note AS note,
       e.division_code AS division_code, e.grid_code AS grid_code, e.unit AS unit
FROM project_entries AS e
WHERE e.kind = 'money' AND (e.code, e.seq) NOT IN
(
    SELECT c.code, assumeNotNull(c.cancels) FROM project_entries AS c
    WHERE c.kind = 'cancelled' AND c.cancels IS NOT NULL
);

CREATE OR REPLACE VIEW project_stages_overdue AS
SELECT code, name, division_code, grid_code, unit, stage, stage_since, due, days_late, supervision
FROM projects WHERE days_late > 0;

CREATE OR REPLACE VIEW projects_by_township AS
SELECT substring(p.division_code, 1, 9) AS township, p.project_class AS project_class,
       count() AS projects, countIf(p.state = 'finished') AS finished,
       countIf(p.days_late > 0) AS overdue, sum(p.budget) AS budget, sum(p.raised) AS raised
FROM projects AS p WHERE p.state != 'stopped' GROUP BY township, project_class;
