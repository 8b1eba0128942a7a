-- Village and quarter projects 村居项目: what happened to them. docs/projects.md. Each row has the place
-- and the unit of its project, by which townships and units see their own.
CREATE TABLE IF NOT EXISTS project_records
(
    code String COMMENT 'code of the project, as on its board',
    seq UInt32 COMMENT 'number of the record of the project, from 1',
    record_id UUID,
    kind LowCardinality(String)
        COMMENT 'registered, stage, evidence, money, cancelled, finished, stopped',
    at DateTime64(3, 'Asia/Shanghai'),
    actor String,
    unit LowCardinality(String) COMMENT 'unit that is responsible for the project',
    division_code String,
    grid_code String,
    number String COMMENT 'number of the project at its place; this and what follows: registered',
    name String,
    project_class LowCardinality(String),
    place String,
    lon Nullable(Float64),
    lat Nullable(Float64),
    summary String,
    budget Decimal(18, 2) COMMENT 'yuan',
    stage LowCardinality(String) COMMENT 'the stage that begins; empty: none does',
    due Nullable(Date) COMMENT 'last day of that stage',
    contractor String,
    note String,
    papers UInt16 COMMENT 'how many pictures',
    source LowCardinality(String) COMMENT 'where the money comes from',
    amount Decimal(18, 2) COMMENT 'yuan',
    donor String COMMENT 'masked if it is a person; empty: anonymous, or no donation',
    cancels Nullable(UInt32) COMMENT 'seq of the amount that was a mistake',
    body String
)
ENGINE = ReplacingMergeTree
ORDER BY (code, seq, record_id);
