-- The project that a report is about 村居项目: from the form on the page of its board. An older row has none.
ALTER TABLE events ADD COLUMN IF NOT EXISTS project String
    COMMENT 'code of the project that the report is about; empty: none';

-- The reports of each project, so that its public page need not search all events.
CREATE TABLE IF NOT EXISTS project_reports
(
    project String COMMENT 'code of the project',
    event_id UUID,
    received_at DateTime64(3, 'Asia/Shanghai'),
    division_code String,
    grid_code String
)
ENGINE = ReplacingMergeTree
ORDER BY (project, event_id);

CREATE MATERIALIZED VIEW IF NOT EXISTS project_reports_fed TO project_reports AS
SELECT project, event_id, received_at, division_code, grid_code FROM events
WHERE project != '' AND kind = 'report';
