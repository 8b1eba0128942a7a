-- Tasks that departments hand down, the list of those that they may, and the burden by month
-- (docs/decisions/0045-lists.md). A task has a row for its registration and one for the decision of
-- the county; the newest counts.
CREATE TABLE IF NOT EXISTS admissions
(
    department String COMMENT 'type or name of the department; *: each',
    kind LowCardinality(String) COMMENT 'form, inspection, meeting or campaign',
    tier LowCardinality(String) COMMENT 'township or village',
    most Nullable(UInt16) COMMENT 'times in a calendar year; NULL: no limit',
    ground String
)
ENGINE = ReplacingMergeTree ORDER BY (department, kind, tier);

CREATE TABLE IF NOT EXISTS tasks
(
    task_id UUID,
    department LowCardinality(String) COMMENT 'code of the unit that hands it down',
    paper String COMMENT 'number of the paper; empty: none',
    title String,
    kind LowCardinality(String) COMMENT 'form, inspection, meeting or campaign',
    tier LowCardinality(String) COMMENT 'township or village',
    receiver String COMMENT 'code of the only unit that gets it; empty: all of the tier',
    receivers UInt32 COMMENT 'units that have to do it',
    handed_at DateTime64(3, 'Asia/Shanghai') COMMENT 'begin of the day on which it was handed down',
    due_at Nullable(DateTime64(3, 'Asia/Shanghai')) COMMENT 'begin of the last day',
    resources String COMMENT 'people and money that come with it',
    ruling LowCardinality(String) COMMENT 'admitted, refused or to_county',
    reason String,
    registered_by String,
    registered_at DateTime64(3, 'Asia/Shanghai'),
    decided_by String COMMENT 'who decided for the county; empty: the list',
    decided_at Nullable(DateTime64(3, 'Asia/Shanghai')),
    version DateTime64(6, 'Asia/Shanghai') COMMENT 'the newest row of a task counts'
)
ENGINE = ReplacingMergeTree(version) ORDER BY task_id;

-- The weights are those of schemas/town/task.py.
CREATE OR REPLACE VIEW burdens AS
SELECT toStartOfMonth(t.handed_at) AS month, t.department AS department,
       any(u.name) AS department_name, t.kind AS kind,
       count() AS tasks, countIf(t.ruling = 'admitted') AS admitted,
       countIf(t.ruling = 'refused') AS refused, countIf(t.ruling = 'to_county') AS waiting,
       sumIf(t.receivers, t.ruling = 'admitted') AS receipts,
       receipts * transform(kind, ['form', 'meeting', 'inspection', 'campaign'], [1, 1, 2, 3], 1)
           AS load
FROM (SELECT * FROM tasks FINAL) AS t
LEFT JOIN (SELECT code, name FROM units FINAL) AS u ON u.code = t.department
GROUP BY month, department, kind;

CREATE OR REPLACE VIEW burdens_by_month AS
SELECT b.month AS month, sum(b.tasks) AS tasks, sum(b.admitted) AS admitted,
       sum(b.refused) AS refused, sum(b.waiting) AS waiting, sum(b.receipts) AS receipts,
       sum(b.load) AS load,
       round(sum(b.load) / greatest(
           (SELECT count() FROM units FINAL WHERE tier IN ('township', 'village')), 1), 2)
           AS burden_index
FROM burdens AS b GROUP BY month;
