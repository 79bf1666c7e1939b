"""The windows. The only room that knows Qt."""

APP_ID = "checkpoint-inspector"
"""Name of the desktop entry, of the icon and of the window class, so that they find each other."""
