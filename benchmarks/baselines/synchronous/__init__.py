"""The textbook without a broker: the view calls the notification service, and whoever likes waits for it."""
