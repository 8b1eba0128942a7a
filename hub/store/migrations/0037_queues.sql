-- What the queues of the workbench sort and filter by, in the table of open cases
-- (docs/decisions/0034-workbench.md).
ALTER TABLE open_cases_kept ADD COLUMN IF NOT EXISTS confidential Bool;
ALTER TABLE open_cases_kept ADD COLUMN IF NOT EXISTS suggested UInt16
    COMMENT 'cases that may be the same matter';
ALTER TABLE open_cases_kept ADD COLUMN IF NOT EXISTS reopenings UInt16;
ALTER TABLE open_cases_kept ADD COLUMN IF NOT EXISTS time_outs UInt16
    COMMENT 'how often no unit accepted it in time';
ALTER TABLE open_cases_kept ADD COLUMN IF NOT EXISTS handed_over Bool
    COMMENT 'its unit is outside the town';
ALTER TABLE open_cases_kept ADD COLUMN IF NOT EXISTS assisting Array(String)
    COMMENT 'units that assist';
ALTER TABLE open_cases_kept ADD COLUMN IF NOT EXISTS called Array(String)
    COMMENT 'units that were called by a whistle and have not arrived';

DROP VIEW IF EXISTS open_cases_fed;
CREATE MATERIALIZED VIEW IF NOT EXISTS open_cases_fed TO open_cases_kept AS
SELECT case_id, seq,
       state NOT IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended')
           AS is_settled,
       state, opened_at, updated_at, if(is_settled, '', title) AS title,
       if(is_settled, '', content) AS content, category, urgency, division_code, grid_code,
       place_name, lon, lat, unit, tier, reports, channels, follow_ups, due_at, accept_by,
       supervision, returns, confidential, toUInt16(length(c.suggested)) AS suggested, reopenings,
       time_outs, handed_over, assisting,
       arrayDistinct(arrayFlatten(arrayMap(
           whistle -> arrayFilter(
               code -> NOT has(JSONExtractKeys(whistle, 'arrived'), code),
               JSONExtract(whistle, 'units', 'Array(String)')),
           JSONExtractArrayRaw(body, 'whistles')))) AS called
FROM cases AS c;

INSERT INTO open_cases_kept
    (case_id, seq, is_settled, state, opened_at, updated_at, title, content, category, urgency,
     division_code, grid_code, place_name, lon, lat, unit, tier, reports, channels, follow_ups,
     due_at, accept_by, supervision, returns, confidential, suggested, reopenings, time_outs,
     handed_over, assisting, called)
SELECT case_id, seq, 0, state, opened_at, updated_at, title, content, category, urgency,
       division_code, grid_code, place_name, lon, lat, unit, tier, reports, channels, follow_ups,
       due_at, accept_by, supervision, returns, confidential, toUInt16(length(c.suggested)),
       reopenings, time_outs, handed_over, assisting,
       arrayDistinct(arrayFlatten(arrayMap(
           whistle -> arrayFilter(
               code -> NOT has(JSONExtractKeys(whistle, 'arrived'), code),
               JSONExtract(whistle, 'units', 'Array(String)')),
           JSONExtractArrayRaw(body, 'whistles'))))
FROM cases AS c FINAL
WHERE state IN ('received', 'triage', 'assigned', 'accepted', 'handling', 'suspended');
