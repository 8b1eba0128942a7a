-- Columns for the decisions of merging and assignment, and for those left to a person.
ALTER TABLE events ADD COLUMN IF NOT EXISTS category_by LowCardinality(String)
    COMMENT 'native: by the code of the channel; text: by the words of the report; empty: unknown';
ALTER TABLE events ADD COLUMN IF NOT EXISTS category_confidence Float32
    COMMENT 'confidence of a category that was decided by words, 0 to 1';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS suggested Array(UUID)
    COMMENT 'cases that may be of the same matter: a person decides';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS merged_into Nullable(UUID);
ALTER TABLE cases ADD COLUMN IF NOT EXISTS rule String COMMENT 'rule that assigned it';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS rules_version LowCardinality(String);
ALTER TABLE cases ADD COLUMN IF NOT EXISTS assisting Array(String) COMMENT 'units that assist';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS handed_over Bool COMMENT 'its unit is outside the town';

-- Open suggestions to merge. A case that was merged since is replaced by the case it was merged into.
CREATE OR REPLACE VIEW suggestions AS
SELECT c.case_id AS case_id, c.title AS title, c.content AS content, o.case_id AS other_id,
       o.title AS other_title, o.content AS other_content, c.place_name AS place_name,
       o.place_name AS other_place_name, c.route AS route, s.score AS score, s.barred AS barred,
       s.at AS at
FROM
(
    SELECT case_id, title, content, place_name, route, state, named,
           if(m.into IS NULL, named, assumeNotNull(m.into)) AS other_id
    FROM
    (
        SELECT case_id, title, content, place_name, route, state, arrayJoin(suggested) AS named
        FROM cases FINAL
    ) AS d
    LEFT JOIN
    (
        SELECT case_id AS merged_id, toNullable(any(merged_into)) AS into
        FROM cases FINAL WHERE state = 'merged' GROUP BY merged_id
    ) AS m ON m.merged_id = d.named
) AS c
INNER JOIN (SELECT case_id, title, content, place_name, state FROM cases FINAL) AS o
    ON o.case_id = c.other_id
LEFT JOIN
(
    SELECT case_id, max(at) AS at, argMax(JSONExtractFloat(data, 'score'), seq) AS score,
           argMax(JSONExtractString(data, 'barred'), seq) AS barred
    FROM case_events FINAL WHERE move = 'suggest' GROUP BY case_id
) AS s ON s.case_id = c.case_id
WHERE c.case_id != o.case_id
  AND c.state IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended')
  AND o.state IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended');

-- Whistles: one row per called department, with the time until it arrived.
CREATE OR REPLACE VIEW whistles AS
SELECT w.case_id AS case_id, w.at AS at, w.kind AS kind, w.unit AS unit,
       a.arrived AS arrived, dateDiff('second', w.at, a.arrived) AS seconds_to_report
FROM
(
    SELECT case_id, at, JSONExtractString(data, 'kind') AS kind,
           arrayJoin(JSONExtract(data, 'units', 'Array(String)')) AS unit
    FROM case_events FINAL WHERE move = 'whistle'
) AS w
LEFT JOIN
(
    SELECT case_id, if(JSONExtractString(data, 'unit') = '', actor, JSONExtractString(data, 'unit'))
           AS unit, toNullable(min(at)) AS arrived
    FROM case_events FINAL WHERE move = 'arrive' GROUP BY case_id, unit
) AS a ON a.case_id = w.case_id AND a.unit = w.unit;
