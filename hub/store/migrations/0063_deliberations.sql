-- Deliberations 议事 of villages and quarters: what happened to them. docs/deliberation.md. Each row has
-- the place and the unit of its deliberation, by which townships and units see their own.
CREATE TABLE IF NOT EXISTS deliberation_records
(
    code String COMMENT 'code of the deliberation, as on its notice',
    seq UInt32 COMMENT 'number of the record of the deliberation, from 1',
    record_id UUID,
    kind LowCardinality(String)
        COMMENT 'registered, step, evidence, objection, answered, linked, finished, withdrawn',
    at DateTime64(3, 'Asia/Shanghai'),
    actor String,
    unit LowCardinality(String) COMMENT 'unit that is responsible for the deliberation',
    division_code String,
    grid_code String,
    number String COMMENT 'number at its place; this and what follows: registered',
    title String,
    place String,
    summary String,
    cases Array(UUID) COMMENT 'cases that it comes from, or the case of kind linked',
    project String COMMENT 'code of the project that belongs to it; registered and linked',
    step LowCardinality(String) COMMENT 'the step that begins; empty: none does',
    due Nullable(Date) COMMENT 'last day of that step',
    meeting_kind LowCardinality(String) COMMENT 'who is called to meet; this to entitled: step call',
    caller LowCardinality(String) COMMENT 'the office that calls the meeting',
    noticed_on Nullable(Date),
    meeting_on Nullable(Date) COMMENT 'day of the meeting; where it was held, the day on which it was',
    entitled UInt32 COMMENT 'how many may vote; step call, and corrected by step meeting',
    attended UInt32 COMMENT 'how many came; step meeting',
    result LowCardinality(String) COMMENT 'adopted, rejected, postponed',
    decided_on Nullable(Date),
    in_favour UInt32,
    against UInt32,
    abstained UInt32,
    resolution String,
    published_since Nullable(Date),
    published_until Nullable(Date),
    carried_by LowCardinality(String) COMMENT 'unit that carries it out; step carrying_out',
    answers Nullable(UInt32) COMMENT 'seq of the objection that is answered',
    upheld Bool COMMENT 'the objection is right, and the topic begins again',
    note String,
    papers UInt16 COMMENT 'how many pictures',
    body String
)
ENGINE = ReplacingMergeTree
ORDER BY (code, seq, record_id);
