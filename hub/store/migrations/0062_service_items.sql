-- Service items 服务事项办件: their stages are events, how each item stands is a view.
-- docs/decisions/0047-service-items.md.
ALTER TABLE events ADD COLUMN IF NOT EXISTS service String CODEC(ZSTD(3))
    COMMENT 'JSON of a stage of a service item: item, stage, promise, office';

-- One item, or all with an empty number. What is sent again replaces what came before: the last one
-- received counts. A correction, a special procedure and a reopening may happen several times; without
-- a step their times tell them apart.
CREATE OR REPLACE VIEW service_stages_of AS
SELECT number, stage, step, at, received_at, item_code, item_name, theme, promised_days, promised_at,
       unit, department, division_code, grid_code, applicant, note, tracking, event_id
FROM
(
    SELECT native_id AS number, JSONExtractString(service, 'stage') AS stage,
           JSONExtractString(service, 'step') AS step, occurred_at AS at, received_at,
           JSONExtractString(service, 'item_code') AS item_code,
           JSONExtractString(service, 'item_name') AS item_name,
           JSONExtractString(service, 'theme') AS theme,
           JSONExtract(service, 'promised_days', 'Nullable(UInt16)') AS promised_days,
           parseDateTime64BestEffortOrNull(JSONExtractString(service, 'promised_at'), 3,
               'Asia/Shanghai') AS promised_at,
           JSONExtractString(service, 'unit') AS unit,
           JSONExtractString(service, 'department') AS department,
           division_code, grid_code, reporter_masked AS applicant, content AS note, tracking, event_id,
           multiIf(stage = 'reviewed', step,
                   stage NOT IN ('correction', 'corrected', 'special', 'resumed', 'reopened'), '',
                   step != '', step, toString(occurred_at)) AS occurrence
    FROM events FINAL
    WHERE channel = 'service_items' AND kind = 'service_stage'
      AND ({number:String} = '' OR native_id = {number:String})
    ORDER BY received_at DESC, occurred_at DESC, event_id DESC
    LIMIT 1 BY number, stage, occurrence
);

CREATE OR REPLACE VIEW service_stages AS SELECT * FROM service_stages_of(number = '');

-- Working days are counted: `day_number` of a day is the number of working days up to it. The day of
-- the acceptance does not count; the days of a stop 补正、特别程序 do not either.
CREATE OR REPLACE VIEW service_items_of AS
WITH
    numbered_days AS
    (
        SELECT day, sum(toInt64(working)) OVER (ORDER BY day) AS day_number FROM calendar
    ),
    placed AS
    (
        SELECT s.number AS number, s.stage AS stage, s.at AS at, s.received_at AS received_at,
               s.item_code AS item_code, s.item_name AS item_name, s.theme AS theme,
               s.promised_days AS promised_days, s.promised_at AS promised_at, s.unit AS unit,
               s.department AS department, s.division_code AS division_code,
               s.grid_code AS grid_code, s.applicant AS applicant, s.tracking AS tracking,
               d.day_number AS day_number, p.day_number AS promised_number
        FROM service_stages_of(number = {number:String}) AS s
        LEFT JOIN numbered_days AS d ON d.day = toDate(s.at)
        LEFT JOIN numbered_days AS p ON p.day = toDate(s.promised_at)
    ),
    grouped AS
    (
        SELECT a.number AS number,
               argMaxIf(a.item_code, (a.received_at, a.at), a.item_code != '') AS item_code,
               argMax(a.item_name, (a.received_at, a.at)) AS item_name,
               argMaxIf(a.theme, (a.received_at, a.at), a.theme != '') AS theme,
               argMaxIf(a.unit, (a.received_at, a.at), a.unit != '') AS unit,
               argMaxIf(a.department, (a.received_at, a.at), a.department != '') AS department,
               argMaxIf(a.division_code, (a.received_at, a.at), a.division_code != '')
                   AS division_code,
               argMaxIf(a.grid_code, (a.received_at, a.at), a.grid_code != '') AS grid_code,
               argMaxIf(a.applicant, (a.received_at, a.at), a.applicant != '') AS applicant,
               any(a.tracking) AS tracking,
               argMaxIf(a.promised_days, (a.received_at, a.at), a.promised_days IS NOT NULL)
                   AS promised_days,
               argMaxIf(a.promised_number, (a.received_at, a.at), a.promised_number > 0)
                   AS promised_number,
               groupArray((a.at, a.promised_number)) AS promises,
               arraySort(groupArray((a.at,
                   indexOf(['applied', 'accepted', 'correction', 'corrected', 'special', 'resumed',
                            'reviewed', 'decided', 'certified', 'delivered', 'withdrawn', 'refused',
                            'reopened'], a.stage),
                   a.stage, a.day_number))) AS stages,
               max(a.received_at) AS updated_at
        FROM placed AS a GROUP BY a.number
    ),
    lives AS
    (
        SELECT *, arraySlice(stages,
                   greatest(toInt64(arrayLastIndex(x -> x.3 = 'reopened', stages)), 1)) AS life,
               arrayMin(x -> x.1, arrayFilter(x -> x.2 = promised_number, promises)) AS said_at,
               arrayMap(x -> x.3, stages) AS names,
               arrayPushFront(arrayPopBack(names), '') AS names_before
        FROM grouped
    ),
    bounded AS
    (
        SELECT *, life[length(life)] AS last,
               toInt64(arrayFirstIndex(x -> x.3 IN ('decided', 'certified', 'delivered'), life))
                   AS done_index,
               toInt64(multiIf(
                   arrayExists(x -> x.3 = 'accepted', life),
                   arrayFirstIndex(x -> x.3 = 'accepted', life),
                   life[1].3 = 'reopened', 1,
                   arrayFirstIndex(x -> x.3 IN ('special', 'resumed', 'reviewed', 'decided',
                                                'certified', 'delivered'), life))) AS begin_index,
               multiIf(done_index > 0, 'done',
                       arrayExists(x -> x.3 = 'withdrawn', life), 'withdrawn',
                       arrayExists(x -> x.3 = 'refused', life), 'refused',
                       last.3 IN ('correction', 'special'), 'stopped',
                       begin_index > 0, 'in_hand', 'applied') AS state
        FROM lives
    ),
    timed AS
    (
        SELECT *, life[begin_index].1 AS begun_at, life[begin_index].4 AS begin_number,
               multiIf(state = 'done', life[done_index].4, state = 'stopped', last.4,
                   (SELECT max(day_number) FROM numbered_days
                    WHERE day <= toDate(now('Asia/Shanghai')))) AS reference,
               arrayFilter(x -> begin_index > 0 AND x.1 >= begun_at
                                AND (done_index = 0 OR x.3 < done_index),
                   arrayMap((a, b, i) -> (a.1, if(a.3 IN ('correction', 'special'), b.4 - a.4, 0), i),
                       arrayPopBack(life), arrayPopFront(life), arrayEnumerate(arrayPopBack(life))))
                   AS stops,
               arraySum(x -> x.2, stops) AS paused,
               arraySum(x -> if(x.1 >= said_at, x.2, 0), stops) AS paused_since,
               multiIf(promised_number > 0, promised_number + paused_since,
                       promised_days IS NOT NULL AND begin_index > 0,
                       begin_number + promised_days + paused, NULL) AS due_number
        FROM bounded
    )
SELECT t.number AS number, t.item_code AS item_code, t.item_name AS item_name, t.theme AS theme,
       t.state AS state, t.last.3 AS stage, t.last.1 AS stage_at, t.unit AS unit,
       t.department AS department, t.division_code AS division_code, t.grid_code AS grid_code,
       t.applicant AS applicant, t.tracking AS tracking, t.stages[1].1 AS applied_at,
       if(t.begin_index > 0, t.begun_at, NULL) AS accepted_at,
       if(t.done_index > 0, t.life[t.done_index].1, NULL) AS done_at,
       if(e.day_number > 0, e.day, NULL) AS due_on,
       if(t.begin_index > 0, t.reference - t.begin_number - t.paused, NULL) AS working_days,
       toUInt32(if(t.state IN ('withdrawn', 'refused'), 0,
           greatest(ifNull(t.reference - t.due_number, 0), 0))) AS days_late,
       multiIf(t.state != 'in_hand' OR t.due_number IS NULL, '', days_late > 1, 'up',
               days_late = 1, 'red',
               t.due_number > t.begin_number + t.paused
               AND working_days >= 0.8 * (t.due_number - t.begin_number - t.paused), 'yellow', '')
           AS supervision,
       arrayCount((x, y) -> x = 'correction' AND y != 'correction', t.names, t.names_before)
           AS corrections,
       arrayCount((x, y) -> x = 'reopened' AND y != 'reopened', t.names, t.names_before)
           AS reopenings,
       t.updated_at AS updated_at
FROM timed AS t
LEFT JOIN (SELECT day_number, min(day) AS day FROM numbered_days GROUP BY day_number) AS e
    ON e.day_number = t.due_number;

CREATE OR REPLACE VIEW service_items AS SELECT * FROM service_items_of(number = '');

CREATE OR REPLACE VIEW service_items_late AS
SELECT * FROM service_items WHERE state = 'in_hand' AND days_late > 0;

CREATE OR REPLACE VIEW service_items_by_month AS
SELECT toStartOfMonth(assumeNotNull(s.done_at)) AS month, s.item_code AS item_code,
       s.item_name AS item_name, count() AS done, quantileExact(0.5)(s.working_days) AS median_days,
       countIf(s.due_on IS NOT NULL) AS promised,
       countIf(s.due_on IS NOT NULL AND s.days_late = 0) AS on_time,
       if(promised = 0, NULL, on_time / promised) AS share_on_time
FROM service_items AS s WHERE s.state = 'done' GROUP BY month, item_code, item_name;
