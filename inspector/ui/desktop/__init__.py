"""What the desktop is told of this program: file types, icons, how to start it, thumbnails.

Everything is written for one user, without root, and can be taken back. No module here needs Qt.
"""
