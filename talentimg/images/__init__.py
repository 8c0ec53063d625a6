"""What a good picture is: bytes to a checked picture, its stored forms, and initials where there is none.

Nothing is imported here: Pillow is loaded by the first module that decodes or draws.
"""
