"""One connector a channel 渠道适配: pure decoding of its native form into facts."""
