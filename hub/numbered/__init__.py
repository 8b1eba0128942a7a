"""Numbered records 编号记录: log, codes and public pages of projects and deliberations."""
