"""Builds an atlas, which opens as soon as there are codes and grows until every example has its trusted numbers.

`builder` goes through the stages; `growing` holds the columns so far, `parts` keeps them on disk, `versions` writes
them down as atlases that open; `control` says how far the build is and hears what is asked of it, `order` what comes
next, `claim` holds the working folder.
"""
