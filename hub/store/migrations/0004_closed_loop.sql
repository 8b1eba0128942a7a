-- The closed loop: clock, supervision, answer, evaluation, and outcomes of commands.
ALTER TABLE cases ADD COLUMN IF NOT EXISTS accept_by Nullable(DateTime64(3, 'Asia/Shanghai'))
    COMMENT 'until when the unit must accept';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS yellow_at Nullable(DateTime64(3, 'Asia/Shanghai'))
    COMMENT 'when 80 % of the time to the deadline is gone';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS closes_at Nullable(DateTime64(3, 'Asia/Shanghai'));
ALTER TABLE cases ADD COLUMN IF NOT EXISTS suspended_at Nullable(DateTime64(3, 'Asia/Shanghai'))
    COMMENT 'since when the clock is suspended';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS supervision LowCardinality(String)
    COMMENT 'yellow, red, up: level of supervision for the current deadline';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS returns UInt16;
ALTER TABLE cases ADD COLUMN IF NOT EXISTS extensions UInt16;
ALTER TABLE cases ADD COLUMN IF NOT EXISTS time_outs UInt16
    COMMENT 'times that no unit accepted it in time';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS reopenings UInt16;
ALTER TABLE cases ADD COLUMN IF NOT EXISTS answer String COMMENT 'answer to the citizen';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS evaluated Bool
    COMMENT 'whether a citizen has evaluated it; the next three columns are the evaluation';
ALTER TABLE cases ADD COLUMN IF NOT EXISTS responded Bool;
ALTER TABLE cases ADD COLUMN IF NOT EXISTS settled Bool;
ALTER TABLE cases ADD COLUMN IF NOT EXISTS satisfied Bool;
ALTER TABLE events ADD COLUMN IF NOT EXISTS evaluation String COMMENT 'JSON of an evaluation';
ALTER TABLE command_outcomes ADD COLUMN IF NOT EXISTS seq UInt64 COMMENT 'entry of the case';
ALTER TABLE feedback ADD COLUMN IF NOT EXISTS move LowCardinality(String);
ALTER TABLE feedback ADD COLUMN IF NOT EXISTS seq UInt64 COMMENT 'entry of the case';
ALTER TABLE feedback ADD COLUMN IF NOT EXISTS unit LowCardinality(String);
