"""Looks into the register of people 人员台账: by right, purpose and limit, each in the audit."""
