"""
A site whose downloads all take the ways of large files, however small they are.

Read in one piece, the samples of the conformance table would show nothing of what servers do with a file by themselves.
"""
