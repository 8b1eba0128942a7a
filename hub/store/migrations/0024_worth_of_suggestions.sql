-- Open suggestions to merge, each with its own score and evidence, and with what an answer is worth:
-- the probability that both are one matter, times the logarithm of their reports, times the weight
-- of the higher urgency. A settled case is shown only if the other was opened after it was settled.
CREATE OR REPLACE VIEW suggestions AS
SELECT c.case_id AS case_id, c.title AS title, c.content AS content, o.case_id AS other_id,
       o.title AS other_title, o.content AS other_content, c.place_name AS place_name,
       o.place_name AS other_place_name, c.route AS route, s.score AS score, s.barred AS barred,
       s.at AS at, c.reports + o.reports AS reports, s.evidence AS evidence,
       c.opened_at AS opened_at, o.opened_at AS other_opened_at,
       round(s.score * log2(1 + c.reports + o.reports) * greatest(
           transform(c.urgency, ['urgent', 'hard', 'ordinary', 'enquiry'], [4., 2., 1., 0.5], 1.),
           transform(o.urgency, ['urgent', 'hard', 'ordinary', 'enquiry'], [4., 2., 1., 0.5], 1.)
       ), 2) AS worth
FROM
(
    SELECT case_id, title, content, place_name, route, state, reports, urgency, opened_at, named,
           if(m.into IS NULL, named, assumeNotNull(m.into)) AS other_id
    FROM
    (
        SELECT case_id, title, content, place_name, route, state, reports, urgency, opened_at,
               arrayJoin(suggested) AS named
        FROM cases FINAL
    ) AS d
    LEFT JOIN
    (
        SELECT case_id AS merged_id, toNullable(any(merged_into)) AS into
        FROM cases FINAL WHERE state = 'merged' GROUP BY merged_id
    ) AS m ON m.merged_id = d.named
) AS c
INNER JOIN
(
    SELECT case_id, title, content, place_name, state, reports, urgency, opened_at, settled_at
    FROM cases FINAL
) AS o ON o.case_id = c.other_id
LEFT JOIN
(
    SELECT case_id, toUUIDOrZero(JSONExtractString(shown, 'case_id')) AS named, max(at) AS at,
           argMax(JSONExtractFloat(shown, 'score'), seq) AS score,
           argMax(JSONExtractString(shown, 'barred'), seq) AS barred,
           argMax(JSONExtractRaw(shown, 'match'), seq) AS evidence
    FROM
    (
        SELECT case_id, seq, at,
               arrayJoin(arrayPushFront(JSONExtractArrayRaw(data, 'others'), data)) AS shown
        FROM case_events FINAL WHERE move = 'suggest'
    )
    GROUP BY case_id, named
) AS s ON s.case_id = c.case_id AND s.named = c.named
WHERE c.case_id != o.case_id
  AND c.state IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended')
  AND (o.state IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended')
       OR o.settled_at < c.opened_at);
