-- The audit 审计: views of contact details, and actions on the overview. Rows are never deleted here.
CREATE TABLE IF NOT EXISTS audit
(
    at DateTime64(3, 'Asia/Shanghai'),
    who String,
    role LowCardinality(String),
    unit String,
    what LowCardinality(String) COMMENT 'login, login_failed, logout, contacts, command, export',
    case_id Nullable(UUID),
    detail String COMMENT 'purpose of a view, move of a command, filter of an export',
    address String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY at;
