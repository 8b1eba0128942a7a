-- Columns that staff may select do not contain the text of confidential 保密 reports. The hub keeps it
-- in `words`; the page shows it to the unit that has the case.
ALTER TABLE events ADD COLUMN IF NOT EXISTS words String
    COMMENT 'JSON of the text of a confidential event; only the hub reads it';
ALTER TABLE case_events ADD COLUMN IF NOT EXISTS words String
    COMMENT 'JSON of the text of a confidential entry; only the hub reads it';

ALTER TABLE events UPDATE
    words = toJSONString(map('title', title, 'content', content, 'place_text', place_text,
                             'object_name', object_name, 'native', native)),
    title = '保密件', content = '', place_text = '', object_name = '', native = '{}'
WHERE confidential AND words = '' SETTINGS mutations_sync = 2;

ALTER TABLE case_events UPDATE
    words = toJSONString(map('reason', reason, 'data', data)),
    reason = '',
    data = concat('{', arrayStringConcat(arrayMap(
               one -> concat(toJSONString(one.1), ':', one.2),
               arrayFilter(one -> one.1 IN ('timer', 'set_for', 'kind', 'unit', 'units', 'score',
                                            'barred', 'report_by'),
                           JSONExtractKeysAndValuesRaw(data))), ','), '}')
WHERE words = ''
      AND case_id IN (SELECT case_id FROM cases WHERE JSONExtractBool(body, 'confidential'))
SETTINGS mutations_sync = 2;
