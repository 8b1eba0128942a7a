"""Indexes over the registers of a town, and the placing of reports 定位."""
