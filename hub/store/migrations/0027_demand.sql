-- What a report wants, and the matters in one message. An older row has neither.
ALTER TABLE events ADD COLUMN IF NOT EXISTS demand LowCardinality(String)
    COMMENT 'enquiry, complaint, request, suggestion or praise, by the words; empty: not a report';
ALTER TABLE events ADD COLUMN IF NOT EXISTS parts Array(LowCardinality(String))
    COMMENT 'categories of the matters, if one message has several';
