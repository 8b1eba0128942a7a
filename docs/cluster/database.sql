-- One cluster of replicas; run once on each, with the macros {shard} and {replica} of its own.
-- The hub is then told HUB_CLICKHOUSE=http://…/minqing and HUB_CLICKHOUSE_REPLICATED=true.
CREATE DATABASE IF NOT EXISTS minqing ENGINE = Replicated('/clickhouse/databases/minqing', '{shard}', '{replica}');
