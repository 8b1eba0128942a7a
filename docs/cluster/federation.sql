-- A province above its cities, or the country above its provinces: read-only tables over all their
-- databases. The server's remote_servers defines the cluster `cities`, with one shard for each of them.
CREATE DATABASE IF NOT EXISTS whole;

CREATE TABLE IF NOT EXISTS whole.cases AS minqing.cases ENGINE = Distributed('cities', 'minqing', 'cases');

CREATE TABLE IF NOT EXISTS whole.case_events AS minqing.case_events ENGINE = Distributed('cities', 'minqing', 'case_events');

CREATE TABLE IF NOT EXISTS whole.events AS minqing.events ENGINE = Distributed('cities', 'minqing', 'events');

CREATE TABLE IF NOT EXISTS whole.dispositions AS minqing.dispositions ENGINE = Distributed('cities', 'minqing', 'dispositions');

CREATE TABLE IF NOT EXISTS whole.feedback AS minqing.feedback ENGINE = Distributed('cities', 'minqing', 'feedback');

CREATE TABLE IF NOT EXISTS whole.receipts AS minqing.receipts ENGINE = Distributed('cities', 'minqing', 'receipts');

-- Each city runs its own views, and this server combines the results.
CREATE VIEW IF NOT EXISTS whole.open_cases AS
SELECT _shard_num AS city, * FROM cluster('cities', minqing.open_cases);
