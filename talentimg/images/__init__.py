"""Turns the bytes of a picture into a checked picture and its stored forms, and draws initials.

Nothing is imported here: Pillow is loaded by the first module that decodes or draws.
"""
