"""The chat page: layout and callbacks over a Desk."""
