"""The roster in memory, which forgets everything when closed: for tests, and for trying things out."""

from talentimg.repository.memory.repository import MemoryRepository

__all__ = ["MemoryRepository"]
