"""Pictures that were written already, compressed: the same one is asked for by everybody who looks at a campaign."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

ROOM = 96_000_000


class Kept:
    """Keep what was asked for last, in so many bytes; what is older goes first."""

    def __init__(self, room: int = ROOM) -> None:
        self.room = room
        self._files: OrderedDict[Hashable, bytes] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def compressed(self, key: Hashable, write: Callable[[], bytes]) -> bytes:
        """Give the file of a key, compressed with gzip; it is written where nobody asked for it lately.

        >>> kept = Kept(room=60)
        >>> gzip.decompress(kept.compressed("a", lambda: b"ring")), gzip.decompress(kept.compressed("a", lambda: b""))
        (b'ring', b'ring')
        """
        with self._lock:
            found = self._files.get(key)
            if found is not None:
                self._files.move_to_end(key)
                return found
        # Outside the lock: two who ask at once may both write it, and nobody waits for another campaign's picture.
        file = gzip.compress(write(), 1, mtime=0)
        with self._lock:
            if key not in self._files and len(file) <= self.room:
                self._files[key] = file
                self._held += len(file)
            while self._held > self.room:
                self._held -= len(self._files.popitem(last=False)[1])
        return file

    def __len__(self) -> int:
        """Count the files."""
        return len(self._files)


PICTURES = Kept()
"""The pictures of this process."""
