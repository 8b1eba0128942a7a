-- A cluster of replicas. Run this once on each replica; each has its own macros {shard} and {replica}.
-- Then set HUB_CLICKHOUSE=http://…/minqing and HUB_CLICKHOUSE_REPLICATED=true for the hub.
CREATE DATABASE IF NOT EXISTS minqing ENGINE = Replicated('/clickhouse/databases/minqing', '{shard}', '{replica}');
