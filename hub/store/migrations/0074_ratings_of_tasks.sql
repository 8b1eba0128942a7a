-- Ratings of tasks 任务评价 (docs/decisions/0053-late-ones-and-papers.md): a task is rated by a grade
-- only. The figures of the two other questions have months of their own, so that each of them grows
-- by enough ratings.
ALTER TABLE township_ratings MODIFY COLUMN in_time Nullable(Bool)
    COMMENT 'whether the department came in time; NULL: not asked, as of a task';
ALTER TABLE township_ratings MODIFY COLUMN solved Nullable(Bool)
    COMMENT 'whether the matter is solved; NULL: not asked, as of a task';
ALTER TABLE ratings_published ADD COLUMN IF NOT EXISTS through_facts UInt32 DEFAULT through
    COMMENT 'last month of the ratings whose in_time and solved are shown; 0: none is shown';
