"""The roster in memory, gone when the process ends: for tests, and for trying things out."""

from talentimg.repository.memory.repository import MemoryRepository

__all__ = ["MemoryRepository"]
