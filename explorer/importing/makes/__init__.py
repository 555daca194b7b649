"""The kinds of source, a file each: `takes` says whether a path is one, `read` reads it into a draft.

Whatever a file says is checked before it is believed; nothing is unpickled, evaluated or executed.
"""
