"""Lists that limit what communities are burdened with 减负清单: their checks."""
