-- Views of the deliberations 议事: each as it stands, its steps, and its cases. docs/deliberation.md.
-- Of two records with the same number the earlier one counts. What a meeting did counts until the
-- next call, or until an objection is upheld.
CREATE OR REPLACE VIEW deliberation_entries AS
SELECT * EXCEPT (body) FROM deliberation_records FINAL
ORDER BY code, seq, at, toString(record_id) LIMIT 1 BY code, seq;

CREATE OR REPLACE VIEW deliberations AS
SELECT code, number, title, division_code, grid_code, place, summary, unit, step, step_since, due,
       state, meetings, meeting_kind, caller, meeting_on, entitled, attended, result, decided_on,
       in_favour, against, abstained, resolution, published_since, published_until, objections,
       unanswered, carried_by, project, cases, registered_at, changed_at, records,
       if(state = 'open', greatest(dateDiff('day', due, today), 0), 0) AS days_late,
       multiIf(state != 'open', '', days_late > 7, 'up', days_late > 0, 'red',
               dateDiff('day', toDate(step_since), today)
                   >= 0.8 * greatest(dateDiff('day', toDate(step_since), due), 1), 'yellow', '')
           AS supervision
FROM
(
    SELECT e.code AS code, anyIf(e.number, e.kind = 'registered') AS number,
           anyIf(e.title, e.kind = 'registered') AS title,
           any(e.division_code) AS division_code, any(e.grid_code) AS grid_code,
           any(e.unit) AS unit, anyIf(e.place, e.kind = 'registered') AS place,
           anyIf(e.summary, e.kind = 'registered') AS summary,
           argMaxIf(e.step, e.seq, e.step != '') AS step,
           argMaxIf(e.at, e.seq, e.step != '') AS step_since,
           assumeNotNull(argMaxIf(e.due, e.seq, e.step != '')) AS due,
           multiIf(countIf(e.kind = 'finished') > 0, 'finished',
                   countIf(e.kind = 'withdrawn') > 0, 'withdrawn', 'open') AS state,
           countIf(e.step = 'meeting') AS meetings,
           maxIf(e.seq, e.step = 'call') AS called,
           greatest(called, maxIf(e.seq, e.upheld)) AS begun,
           argMaxIf(e.meeting_kind, e.seq, e.step = 'call') AS meeting_kind,
           argMaxIf(e.caller, e.seq, e.step = 'call') AS caller,
           argMaxIf(e.meeting_on, e.seq, e.step IN ('call', 'meeting')) AS meeting_on,
           argMaxIf(e.entitled, e.seq, e.step IN ('call', 'meeting')) AS entitled,
           groupArray((e.seq, toString(e.step), toString(e.result), e.decided_on, e.in_favour, e.against,
                       e.abstained, e.resolution, e.published_since, e.published_until, e.attended)) AS acts,
           arrayFilter(act -> act.1 > begun AND act.2 = 'meeting', acts)[-1].11 AS attended,
           arrayFilter(act -> act.1 > begun AND act.3 != '', acts)[-1] AS decision,
           decision.3 AS result, decision.4 AS decided_on, decision.5 AS in_favour,
           decision.6 AS against, decision.7 AS abstained, decision.8 AS resolution,
           arrayFilter(act -> act.1 > begun AND act.2 = 'publication', acts)[-1] AS publication,
           publication.9 AS published_since, publication.10 AS published_until,
           countIf(e.kind = 'objection') AS objections,
           objections - countIf(e.kind = 'answered') AS unanswered,
           argMaxIf(e.carried_by, e.seq, e.carried_by != '') AS carried_by,
           argMaxIf(e.project, e.seq, e.project != '') AS project,
           arrayDistinct(arrayFlatten(groupArray(e.cases))) AS cases,
           min(e.at) AS registered_at, max(e.at) AS changed_at, count() AS records,
           toDate(now('Asia/Shanghai')) AS today
    FROM (SELECT * FROM deliberation_entries ORDER BY code, seq) AS e GROUP BY e.code
);

CREATE OR REPLACE VIEW deliberation_steps AS
SELECT code, title, division_code, grid_code, unit, entry.2 AS step, entry.3 AS entered_at,
       assumeNotNull(entry.4) AS due, left_at, left_at IS NULL AS is_present,
       greatest(dateDiff('day', due, toDate(ifNull(left_at, now64(3, 'Asia/Shanghai')))), 0)
           AS days_late
FROM
(
    SELECT e.code AS code, anyIf(e.title, e.kind = 'registered') AS title,
           any(e.division_code) AS division_code, any(e.grid_code) AS grid_code,
           any(e.unit) AS unit,
           arraySort(groupArray((e.seq, toString(e.step), e.at, e.due))) AS entries,
           arrayPushBack(arrayMap(entry -> toNullable(entry.3), arrayPopFront(entries)), NULL)
               AS ends
    FROM deliberation_entries AS e WHERE e.step != '' OR e.kind IN ('finished', 'withdrawn')
    GROUP BY e.code
)
ARRAY JOIN entries AS entry, ends AS left_at
WHERE entry.2 != '';

CREATE OR REPLACE VIEW deliberation_steps_overdue AS
SELECT code, title, division_code, grid_code, unit, step, step_since, due, days_late, supervision
FROM deliberations WHERE days_late > 0;

-- A case that was merged into another one counts as that one.
CREATE OR REPLACE VIEW deliberation_cases AS
SELECT DISTINCT l.code AS code, ifNull(m.merged_into, l.linked) AS case_id,
       l.division_code AS division_code, l.grid_code AS grid_code, l.unit AS unit
FROM
(
    SELECT code, division_code, grid_code, unit, linked
    FROM deliberation_entries ARRAY JOIN cases AS linked
) AS l
LEFT JOIN
(
    SELECT case_id AS merged, merged_into FROM cases FINAL
    WHERE merged_into IS NOT NULL
      AND case_id IN (SELECT arrayJoin(cases) FROM deliberation_records)
) AS m ON m.merged = l.linked;

CREATE OR REPLACE VIEW deliberations_by_township AS
SELECT substring(d.division_code, 1, 9) AS township, count() AS deliberations,
       countIf(d.result = 'adopted') AS adopted, countIf(d.result = 'rejected') AS rejected,
       countIf(d.state = 'finished') AS finished, countIf(d.days_late > 0) AS overdue,
       sum(d.objections) AS objections
FROM deliberations AS d WHERE d.state != 'withdrawn' GROUP BY township;
