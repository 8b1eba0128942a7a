"""Field mappings 字段映射: the contract fields of messages whose system has other names."""
