"""Keys and personal data 安全: sealing (encryption), masking, key ring, channel credentials."""
