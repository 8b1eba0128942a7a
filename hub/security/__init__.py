"""Keys and personal data 安全: sealing, masking, the key ring, channel credentials."""
