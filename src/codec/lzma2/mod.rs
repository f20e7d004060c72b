//! LZMA2 encoding: a window of a block is prepared once, then its slices are encoded side by side.
