-- Danger to life in the words of a report, and the links to its pictures. An older row has neither.
ALTER TABLE events ADD COLUMN IF NOT EXISTS danger LowCardinality(String)
    COMMENT 'kind of danger to life that the words show; empty: none';
ALTER TABLE events ADD COLUMN IF NOT EXISTS attached String
    COMMENT 'JSON list of the attachments that have a link: name, url, media_type, size';
