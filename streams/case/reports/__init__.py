"""The reports of a case 诉求件: listed in its snapshot, or filed."""
