"""ClickHouse 存储, embedded or a server: clients, migrations, readers, registers, retention."""
