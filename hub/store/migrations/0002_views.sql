-- Views for the operations staff. Every view counts each id once, even if it was delivered twice.
-- `replayed` is the time of the replay; `mended` states whether the replayed message was accepted.
CREATE OR REPLACE VIEW rejections AS
SELECT j.rejected_id AS rejected_id, j.receipt_id AS receipt_id, j.channel AS channel,
       j.reason AS reason, j.position AS position, j.detail AS detail, j.received_at AS received_at,
       r.replayed AS replayed, r.mended AS mended
FROM (SELECT * FROM rejected FINAL) AS j
LEFT JOIN
(
    SELECT replay_of, toNullable(max(stored_at)) AS replayed,
           argMax(length(rejected_ids) = 0, stored_at) AS mended
    FROM receipts FINAL WHERE replay_of IS NOT NULL GROUP BY replay_of
) AS r ON r.replay_of = j.receipt_id;

CREATE OR REPLACE VIEW events_by_channel AS
SELECT toDate(received_at) AS day, channel, kind, count() AS events
FROM events FINAL GROUP BY day, channel, kind;

CREATE OR REPLACE VIEW events_by_grid AS
SELECT toDate(received_at) AS day, division_code, grid_code, category, count() AS events
FROM events FINAL GROUP BY day, division_code, grid_code, category;

CREATE OR REPLACE VIEW open_cases AS
SELECT case_id, state, title, content, category, urgency, division_code, grid_code, place_name, unit,
       tier, reports, channels, follow_ups, opened_at, due_at, due_at < now64(3) AS overdue
FROM cases FINAL
WHERE state IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended');

CREATE OR REPLACE VIEW open_cases_by_unit AS
SELECT open.tier AS tier, open.unit AS unit, any(u.name) AS unit_name, count() AS open_cases,
       countIf(open.overdue) AS overdue
FROM open_cases AS open LEFT JOIN (SELECT code, name FROM units FINAL) AS u ON open.unit = u.code
GROUP BY tier, unit;

CREATE OR REPLACE VIEW case_times AS
SELECT toDate(opened_at) AS day, category, tier, unit,
       count() AS cases,
       countIf(accepted_at IS NOT NULL) AS accepted,
       countIf(settled_at IS NOT NULL) AS settled,
       avgOrNull(dateDiff('second', opened_at, accepted_at)) AS seconds_to_accept,
       avgOrNull(dateDiff('second', opened_at, settled_at)) AS seconds_to_settle
FROM cases FINAL GROUP BY day, category, tier, unit;

CREATE OR REPLACE VIEW share_631 AS
SELECT toStartOfMonth(settled_at) AS month, substring(division_code, 1, 9) AS township,
       count() AS settled,
       countIf(settled_tier IN ('grid', 'village')) / settled AS village_share,
       countIf(settled_tier = 'township') / settled AS township_share,
       countIf(settled_tier = 'county') / settled AS county_share
FROM cases FINAL WHERE settled_at IS NOT NULL GROUP BY month, township;

-- A case counts for the channel that reported it first.
CREATE OR REPLACE VIEW cases_by_channel AS
SELECT splitByChar('/', native_ids[1])[1] AS channel, count() AS cases,
       countIf(unit != '') AS assigned, countIf(state = 'triage') AS triage
FROM cases FINAL GROUP BY channel;

CREATE OR REPLACE VIEW accounting AS
SELECT r.channel AS channel, r.received AS received, r.told AS told, ifNull(e.events, 0) AS events,
       r.told_twice + r.told_events - ifNull(e.events, 0) AS duplicates,
       ifNull(j.rejected, 0) AS rejected, r.left_out AS skipped,
       ifNull(d.opened, 0) AS opened, ifNull(d.merged, 0) AS merged,
       ifNull(d.followed, 0) AS followed, ifNull(d.noted, 0) AS noted,
       ifNull(d.orphaned, 0) AS orphaned, ifNull(d.decided, 0) AS decided
FROM
(
    SELECT channel, count() AS received,
           sum(length(event_ids)) AS told_events,
           sum(length(event_ids) + length(rejected_ids) + duplicates + skipped) AS told,
           sum(duplicates) AS told_twice, sum(skipped) AS left_out
    FROM receipts FINAL GROUP BY channel
) AS r
LEFT JOIN (SELECT channel, uniqExact(event_id) AS events FROM events GROUP BY channel) AS e
    ON r.channel = e.channel
LEFT JOIN (SELECT channel, uniqExact(rejected_id) AS rejected FROM rejected GROUP BY channel) AS j
    ON r.channel = j.channel
LEFT JOIN
(
    SELECT channel, count() AS decided, countIf(outcome = 'opened') AS opened,
           countIf(outcome = 'merged') AS merged,
           countIf(outcome IN ('followed', 'withdrawn', 'evaluated')) AS followed,
           countIf(outcome = 'noted') AS noted, countIf(outcome = 'orphaned') AS orphaned
    FROM dispositions FINAL GROUP BY channel
) AS d ON r.channel = d.channel;

-- A disposition counts only if all case events that it names are stored.
CREATE OR REPLACE VIEW complete_dispositions AS
SELECT event_id, channel, route, at, body FROM dispositions FINAL
WHERE arrayAll(id -> id IN (SELECT case_event_id FROM case_events), case_event_ids);

CREATE OR REPLACE VIEW settled_receipts AS
SELECT receipt_id FROM receipts FINAL
WHERE length(event_ids) = 0 AND length(rejected_ids) = 0
UNION ALL
SELECT receipt_id FROM
(
    SELECT receipt_id, count() AS needed, countIf(there) AS kept FROM
    (
        SELECT receipt_id, arrayJoin(arrayConcat(event_ids, rejected_ids)) AS id,
               id IN (SELECT rejected_id FROM rejected)
               OR (id IN (SELECT event_id FROM events)
                   AND id IN (SELECT event_id FROM complete_dispositions)) AS there
        FROM receipts FINAL
    ) GROUP BY receipt_id
) WHERE needed = kept;

-- The partition of a case is that of the event that opened it, even if its place lies elsewhere.
CREATE OR REPLACE VIEW case_routes AS
SELECT c.body AS body, e.route AS route
FROM (SELECT case_id, body, seq FROM cases FINAL) AS c
INNER JOIN (SELECT case_id, cause FROM case_events FINAL WHERE seq = 1) AS o
    ON o.case_id = c.case_id
INNER JOIN (SELECT event_id, route FROM events FINAL) AS e ON e.event_id = o.cause;
