"""Commands about the lists that limit what communities are burdened with 减负清单."""
