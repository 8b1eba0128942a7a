-- The words of an evaluation of a confidential 保密 report are in no column that staff may select, as its
-- other words (0016): `words` has them. Whether it is settled and satisfied stays, which is counted.
ALTER TABLE events UPDATE
    words = if(length(words) > 2,
               concat(substring(words, 1, length(words) - 1),
                      ',"evaluation":', toJSONString(evaluation), '}'),
               words),
    evaluation = concat('{"responded":', JSONExtractRaw(evaluation, 'responded'),
                        ',"settled":', JSONExtractRaw(evaluation, 'settled'),
                        ',"satisfied":', JSONExtractRaw(evaluation, 'satisfied'), '}')
WHERE confidential AND JSONHas(evaluation, 'comment') SETTINGS mutations_sync = 2;
