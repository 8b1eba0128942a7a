-- Wishes 微心愿: 居民点单、社区派单、党员接单, then fulfilled. docs/wishes.md.
ALTER TABLE cases ADD COLUMN IF NOT EXISTS wish Bool COMMENT '微心愿: volunteers may take it on';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS volunteer LowCardinality(String)
    COMMENT 'code of the volunteer who has taken the wish';

CREATE OR REPLACE VIEW wishes AS
SELECT c.case_id AS case_id,
       multiIf(c.state IN ('withdrawn', 'merged'), toString(c.state), c.settled_at IS NOT NULL, 'done',
               c.volunteer != '', 'taken', c.unit != '', 'dispatched', 'ordered') AS stage,
       c.state AS state, c.content AS content, c.division_code AS division_code,
       c.grid_code AS grid_code, w.household AS household, c.unit AS unit, c.volunteer AS volunteer,
       c.opened_at AS ordered_at, l.dispatched_at AS dispatched_at,
       if(c.volunteer = '', NULL, l.taken_at) AS taken_at, c.settled_at AS done_at,
       l.given_back AS given_back, c.due_at AS due_at
FROM (SELECT * FROM cases FINAL WHERE wish) AS c
INNER JOIN
(
    SELECT case_id, minOrNullIf(at, move = 'assign') AS dispatched_at,
           maxOrNullIf(at, move = 'take') AS taken_at, countIf(move = 'give_back') AS given_back,
           argMin(cause, seq) AS cause
    FROM case_events FINAL GROUP BY case_id
) AS l ON l.case_id = c.case_id
LEFT JOIN (SELECT event_id, household FROM events FINAL WHERE kind = 'wish') AS w
    ON w.event_id = l.cause;

CREATE OR REPLACE VIEW wishes_by_village AS
SELECT toStartOfMonth(ordered_at) AS month, division_code, count() AS wishes,
       countIf(stage = 'ordered') AS ordered, countIf(stage = 'dispatched') AS dispatched,
       countIf(stage = 'taken') AS taken, countIf(stage = 'done') AS done
FROM wishes WHERE stage NOT IN ('withdrawn', 'merged') GROUP BY month, division_code;

CREATE OR REPLACE VIEW wishes_by_volunteer AS
SELECT volunteer, countIf(stage = 'taken') AS taken, countIf(stage = 'done') AS done
FROM wishes WHERE volunteer != '' GROUP BY volunteer;
