-- Registers of dwellings 房屋 and households 户 (docs/registers.md). They are loaded like those of
-- 0050_registers.sql. A household is no person, but one of one member is: no role sees its row.
CREATE TABLE IF NOT EXISTS dwellings
(
    code String COMMENT 'code of the address, or by the numbering of the city',
    address String,
    estate LowCardinality(String) COMMENT 'without areas and roads, in one spelling',
    building LowCardinality(String) COMMENT 'plain digits or a letter',
    unit LowCardinality(String),
    room String,
    kind LowCardinality(String) COMMENT 'own, rented, shared, vacant, business, other; empty: not known',
    lon Nullable(Float64) COMMENT 'degrees, WGS-84',
    lat Nullable(Float64) COMMENT 'degrees, WGS-84',
    grid_code LowCardinality(String),
    division_code LowCardinality(String),
    standing LowCardinality(String) COMMENT 'current, left',
    until Nullable(Date) COMMENT 'day on which it was pulled down or given up',
    sealed String COMMENT 'owner and phone; sealed',
    ordinal UInt64 COMMENT 'number in its load; 0: of an earlier load'
)
ENGINE = ReplacingMergeTree(ordinal)
ORDER BY code;

CREATE TABLE IF NOT EXISTS registered_households
(
    code String COMMENT 'by the numbering of the city; people name it',
    dwelling String COMMENT 'code of its dwelling',
    grid_code LowCardinality(String),
    division_code LowCardinality(String),
    standing LowCardinality(String) COMMENT 'current, left',
    until Nullable(Date) COMMENT 'day on which it was dissolved or moved',
    sealed String COMMENT 'head, address, phone; sealed',
    ordinal UInt64 COMMENT 'number in its load; 0: of an earlier load'
)
ENGINE = ReplacingMergeTree(ordinal)
ORDER BY code;
