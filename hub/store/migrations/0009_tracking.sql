-- Indexes to find an event by its id, and the feedback of an event: public tracking needs both.
ALTER TABLE events ADD INDEX IF NOT EXISTS events_by_id event_id TYPE bloom_filter(0.001)
    GRANULARITY 1;
ALTER TABLE events MATERIALIZE INDEX events_by_id;
ALTER TABLE feedback ADD INDEX IF NOT EXISTS feedback_by_event event_id TYPE bloom_filter(0.001)
    GRANULARITY 1;
ALTER TABLE feedback MATERIALIZE INDEX feedback_by_event;
