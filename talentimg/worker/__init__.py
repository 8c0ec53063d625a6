"""Looks at talents by itself: when the app has changed something, and every night. Beside cli and web."""
