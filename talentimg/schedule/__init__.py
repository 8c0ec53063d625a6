"""What runs `sync-all` every night, on this machine or another: written down, installed, checked, removed.

`job` says what is to be run, one file a form how a scheduler is told, `places` where it is put. All of it is
text and programs of the machine; nothing here knows of talents.
"""
