-- Certificates that reports ask for or complain about, and the list of them
-- (docs/decisions/0045-lists.md). An older row has none. The three columns have the same length.
ALTER TABLE events ADD COLUMN IF NOT EXISTS certificates Array(LowCardinality(String))
    COMMENT 'names on the list of certificates that the words ask for or complain about';
ALTER TABLE events ADD COLUMN IF NOT EXISTS certificate_statuses Array(LowCardinality(String))
    COMMENT 'for each of certificates: kept or cancelled, by the list of the time';
ALTER TABLE events ADD COLUMN IF NOT EXISTS certificate_uses Array(LowCardinality(String))
    COMMENT 'for each of certificates: asks or complains';

CREATE TABLE IF NOT EXISTS certificates
(
    name String,
    aliases Array(String) COMMENT 'other names',
    status LowCardinality(String) COMMENT 'kept or cancelled',
    department String COMMENT 'type or name of the unit that needs it',
    instead String COMMENT 'what replaces it',
    ground String COMMENT 'legal ground'
)
ENGINE = ReplacingMergeTree ORDER BY name;

CREATE OR REPLACE VIEW certificate_reports AS
SELECT toStartOfMonth(e.received_at) AS month, tupleElement(e.mention, 1) AS certificate,
       tupleElement(e.mention, 2) AS status, tupleElement(e.mention, 3) AS use,
       c.unit AS unit, count() AS reports, uniqExact(d.case_id) AS cases
FROM
(
    SELECT event_id, received_at,
           arrayJoin(arrayZip(certificates, certificate_statuses, certificate_uses)) AS mention
    FROM events FINAL WHERE notEmpty(certificates)
) AS e
LEFT JOIN
(
    SELECT event_id, case_id FROM dispositions FINAL
    WHERE event_id IN (SELECT event_id FROM events WHERE notEmpty(certificates))
) AS d ON d.event_id = e.event_id
LEFT JOIN
(
    SELECT toNullable(k.case_id) AS case_id, k.unit AS unit FROM cases AS k FINAL
    WHERE k.case_id IN
    (
        SELECT assumeNotNull(case_id) FROM dispositions
        WHERE case_id IS NOT NULL
              AND event_id IN (SELECT event_id FROM events WHERE notEmpty(certificates))
    )
) AS c ON c.case_id = d.case_id
GROUP BY month, certificate, status, use, unit;
