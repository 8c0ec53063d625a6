"""Pictures that Pillow did not write, and what an independent decoder makes of them.

- `packages.py` fetches the test pictures of other people's packages.
- `recipes.py` says which encoders write what of the pictures in `drawn.py`.
- `judge.py` is libvips; `limits.py` is what we promise to refuse; `kept.py` is where we differ on purpose.
- `verdict.py` holds the product against them.
"""
