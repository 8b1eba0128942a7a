"""What happens to a case 事项: its snapshot, its entries, commands, deadlines and deliveries."""
