"""Reference data of a town 基础数据: registers, rules and patrols."""
