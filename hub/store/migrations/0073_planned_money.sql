-- Planned money of projects 资金计划: how much is to come from each source. docs/projects.md. A plan
-- replaces the one before; the registration may have the first one.
ALTER TABLE project_records ADD COLUMN IF NOT EXISTS planned_sources Array(LowCardinality(String))
    COMMENT 'sources of a plan; of kinds registered and planned';
ALTER TABLE project_records ADD COLUMN IF NOT EXISTS planned_amounts Array(Decimal(18, 2))
    COMMENT 'yuan, for each of planned_sources';

CREATE OR REPLACE VIEW project_entries AS
SELECT * EXCEPT (body) FROM project_records FINAL
ORDER BY code, seq, at, toString(record_id) LIMIT 1 BY code, seq;

CREATE OR REPLACE VIEW project_funding AS
SELECT f.code AS code, f.source AS source, sum(f.planned) AS planned, sum(f.raised) AS raised,
       any(f.division_code) AS division_code, any(f.grid_code) AS grid_code, any(f.unit) AS unit
FROM
(
    SELECT p.code AS code, p.division_code AS division_code, p.grid_code AS grid_code,
           p.unit AS unit, source, planned, toDecimal64(0, 2) AS raised
    FROM
    (
        SELECT * FROM project_entries AS e WHERE e.kind = 'planned' OR e.seq = 1
        ORDER BY e.seq DESC LIMIT 1 BY e.code
    ) AS p
    ARRAY JOIN p.planned_sources AS source, p.planned_amounts AS planned
    UNION ALL
    SELECT m.code, m.division_code, m.grid_code, m.unit, m.source, toDecimal64(0, 2), m.amount
    FROM project_money AS m
) AS f
GROUP BY f.code, f.source;
