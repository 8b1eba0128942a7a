-- The version of the model that classified the text of a report. The versions of rules and models of
-- a decision stand in the data of its entry.
ALTER TABLE events ADD COLUMN IF NOT EXISTS category_version LowCardinality(String)
    COMMENT 'version of the model that classified the text; empty: none did';
