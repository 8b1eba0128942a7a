-- A report whose firm is known, by the hub or by a choice. Confidential 保密 reports are in no row.
-- A report that was corrected is a row for each version: count (channel, native_id).
CREATE OR REPLACE VIEW firm_reports AS
SELECT r.event_id AS event_id, r.case_id AS case_id, r.channel AS channel,
       r.native_id AS native_id, r.received_at AS received_at,
       r.division_code AS division_code, r.grid_code AS grid_code,
       r.written AS written, r.firm AS firm, f.name AS firm_name, f.kind AS kind,
       f.industry AS industry, f.standing AS standing, f.grid_code AS firm_grid_code,
       r.is_chosen AS is_chosen, r.points AS points
FROM
(
    SELECT e.event_id AS event_id, e.case_id AS case_id, e.channel AS channel,
           e.native_id AS native_id, e.received_at AS received_at, e.division_code AS division_code,
           e.grid_code AS grid_code, e.written AS written, e.points AS points,
           c.who != '' AS is_chosen, if(is_chosen, c.code, e.code) AS firm
    FROM event_firms AS e FINAL
    LEFT JOIN (SELECT event_id, code, who FROM firm_choices FINAL) AS c ON c.event_id = e.event_id
    WHERE firm != ''
) AS r
INNER JOIN
(
    SELECT code, name, kind, industry, standing, grid_code FROM firms FINAL
) AS f ON f.code = r.firm;

CREATE OR REPLACE VIEW firms_complained_of AS
SELECT r.firm AS firm, any(r.firm_name) AS firm_name, any(r.kind) AS kind,
       any(r.industry) AS industry, any(r.standing) AS standing,
       any(r.firm_grid_code) AS firm_grid_code, uniqExact(r.channel, r.native_id) AS reports,
       uniqExact(r.case_id) AS cases, arraySort(groupUniqArray(r.channel)) AS channels,
       max(r.received_at) AS last_at
FROM firm_reports AS r
WHERE r.received_at >= now() - INTERVAL 365 DAY
GROUP BY r.firm;
