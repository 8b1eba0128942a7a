"""Unified data models 统一数据模型: frozen, pure, importing nothing of ours."""
