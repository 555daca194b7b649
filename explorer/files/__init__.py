"""How files are read and written, and the error that names one: nothing here knows what is in them.

`fault` is the named error, `read` opens what is a plain file of bounded size and remembers which it was, `watch`
notices that it is another one now, `write` leaves the old content or the new one, never a third.
"""

from explorer.files import read, write
from explorer.files.fault import FileFault
from explorer.files.read import Stamp
from explorer.files.watch import Watch

__all__ = ["FileFault", "Stamp", "Watch", "read", "write"]
