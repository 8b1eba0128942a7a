-- Patrols and visits: codes of the worker and the household; the registers have no names.
ALTER TABLE events ADD COLUMN IF NOT EXISTS worker LowCardinality(String)
    COMMENT 'code of the grid worker';
ALTER TABLE events ADD COLUMN IF NOT EXISTS household String COMMENT 'code of the household';

-- Events that were stored before this column existed have the worker in `native`.
CREATE OR REPLACE VIEW worker_reports AS
SELECT if(e.worker = '', JSONExtractString(e.native, 'workerId'), e.worker) AS worker,
       e.event_id AS event_id, e.grid_code AS grid_code,
       toStartOfMonth(e.received_at) AS month, d.case_id AS case_id,
       c.settled_at IS NOT NULL AS settled
FROM (SELECT * FROM events FINAL WHERE channel = 'grid_patrol' AND kind IN ('report', 'wish')) AS e
LEFT JOIN (SELECT event_id, case_id FROM dispositions FINAL) AS d ON d.event_id = e.event_id
LEFT JOIN (SELECT case_id, settled_at FROM cases FINAL) AS c ON c.case_id = d.case_id;

-- Checks and visits by grid, worker and the day on which they were done, even if uploaded later.
CREATE OR REPLACE VIEW patrols AS
SELECT toDate(occurred_at) AS day, grid_code, worker, countIf(kind = 'patrol_check') AS checks,
       countIf(kind = 'visit') AS visits,
       uniqExactIf(household, kind = 'visit' AND household != '') AS households,
       countIf(kind IN ('report', 'wish')) AS found
FROM events FINAL WHERE channel = 'grid_patrol' GROUP BY day, grid_code, worker;
