-- The deliberation that a report is about 议事: from the form on its public page. An older row has none.
ALTER TABLE events ADD COLUMN IF NOT EXISTS deliberation String
    COMMENT 'code of the deliberation that the report is about; empty: none';

-- The reports of each deliberation, so that its public page need not search all events.
CREATE TABLE IF NOT EXISTS deliberation_reports
(
    deliberation String COMMENT 'code of the deliberation',
    event_id UUID,
    received_at DateTime64(3, 'Asia/Shanghai'),
    division_code String,
    grid_code String
)
ENGINE = ReplacingMergeTree
ORDER BY (deliberation, event_id);

CREATE MATERIALIZED VIEW IF NOT EXISTS deliberation_reports_fed TO deliberation_reports AS
SELECT deliberation, event_id, received_at, division_code, grid_code FROM events
WHERE deliberation != '' AND kind = 'report';
