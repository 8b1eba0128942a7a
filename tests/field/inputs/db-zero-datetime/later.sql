INSERT INTO complaints(complaint_no, report_time, updated_at, content) VALUES ('K-2', '2026-03-01 06:40:00', '2022-11-00 20:59:22', '机动车尾气');
INSERT INTO complaints(complaint_no, report_time, updated_at, content) VALUES ('K-3', '2026-03-01 06:40:00', '2026-03-02 06:45:00', '噪声扰民');
INSERT INTO complaints(complaint_no, report_time, updated_at, content) VALUES ('K-4', '2026-03-01 06:40:00', '0000-00-00 00:00:00', '工地扬尘');
