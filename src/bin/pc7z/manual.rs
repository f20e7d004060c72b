//! The parts of `--help` that are no option: what pc7z is, examples, JSON keys, exit codes.

/// `pc7z --help`, before the commands.
pub const ABOUT: &str = "\
Compresses many files on all cores into one standard .7z archive, which 7-Zip, libarchive and every other reader \
of the format opens.

The archive appears under its name only when it is complete: a run that fails or is interrupted leaves nothing \
behind, and an archive that was there before stays as it was.";

/// `pc7z a --help`, before the arguments.
pub const ADD: &str = "\
Makes a new archive of files, folders and standard input.

An archive of that name that is there already is replaced, not added to. While a job runs, a progress bar is on \
the terminal; none is printed into a pipe or file. Items that cannot be read are named on standard error, and the \
rest goes into the archive.

SIZE is a number with b, k, m, g or t behind it (bytes, or powers of 1024), as in 7-Zip; without one it counts bytes.";

/// `pc7z u --help`, before the arguments.
pub const UPDATE: &str = "\
Adds files, folders and standard input to an archive, or makes a new one where there is none.

Blocks of the archive that stay whole are copied as they are. A file whose name the archive has takes its item's place \
by --replace; of the block that loses the item, the others are packed again. The new archive takes the old one's place \
when it is complete; a file that cannot be read and would have replaced an item ends the run, and the archive stays as \
it was. Encrypted archives stay encrypted.";

/// `pc7z d --help` and the like, before the arguments.
pub const CHANGE: &str = "\
Changes an archive without packing again what stays.

Blocks that stay whole are copied as they are; of a block that loses items the others are packed again. The new archive \
takes the old one's place when it is complete: a run that fails or is interrupted, even killed, leaves it as it was.";

/// `--help` of the commands that change archives, after the options.
pub const CHANGE_PAGE: &str = "\
Examples:
  pc7z d backup.7z Documents/old '*.bak'
        A folder with all that is in it, and every .bak.
  pc7z rn backup.7z Documents Papers notes.txt Papers/notes.txt
        A folder and a file get other names.
  pc7z merge all.7z monday.7z tuesday.7z
        Two archives become one; what both have is tuesday's.

What --json prints (one object; sizes in bytes):
  status, exit_code, error, archive, items (that were deleted, renamed or merged), blocks, blocks_copied, bytes_copied,
  items_repacked, skipped: one {\"item\", \"error\"} each

Exit codes:
  0     Everything was done.
  1     A NAME means no item; the others are gone.
  2     Fatal error: the archive is as it was.
  7     The command line makes no sense.
  255   Interrupted by Ctrl-C or a signal: the archive is as it was.";

/// `pc7z x --help` and `pc7z e --help`, before the arguments.
pub const EXTRACT: &str = "\
Extracts an archive, or what the NAMEs mean of it.

Blocks are decoded side by side, and no others than are needed. Every file is written under a hidden name and gets its \
own when it is complete and its checksum is right: nothing half or wrong is left. What cannot be extracted is named on \
standard error, and the rest is extracted. Nothing is ever written outside DIR, whatever names and links the archive \
holds.";

/// `--help` of the commands that read, after the options.
pub const READ_PAGE: &str = "\
Examples:
  pc7z x backup.7z --output there
        Everything, into the folder there.
  pc7z x backup.7z Documents '*.txt' --overwrite newer
        One folder and all texts, where they are newer than what is here.
  pc7z l --json backup.7z
        What is in it, for programs.
  pc7z cat backup.7z Documents/letter.txt | wc
        One file, to another program.

What --json prints (one object; sizes in bytes):
  x, e, t   status, exit_code, error, archive, items_total, items_completed, items_failed, items_skipped, bytes_out
            (extracted), bytes_in (packed bytes read), elapsed_seconds, bytes_per_second, failed: one {\"item\", \"error\"}
            for each item that failed
  l         archive, size, header_size, stub_size, blocks, solid, encrypted_names, entries: one {\"name\", \"size\",
            \"packed_size\", \"crc\", \"modified\", \"created\", \"accessed\" (FILETIME), \"attributes\", \"method\",
            \"block\", \"encrypted\", \"directory\", \"symlink\"} each; null where the archive says nothing

Exit codes:
  0     Everything was done.
  1     Some items failed; each was named on standard error.
  2     Fatal error: the archive cannot be read, or the run was stopped.
  7     The command line makes no sense.
  255   Interrupted by Ctrl-C or a signal.";

/// `--help`, after the options.
pub const PAGE: &str = "\
Examples:
  pc7z a backup.7z Documents Pictures
        Two folders into one archive.
  pc7z a --level 9 --solid all small.7z src --exclude target --exclude '*.o'
        A source tree, as small as it gets, without what a build leaves.
  pc7z a --password --encrypt-names -- private.7z letters
        Asks for a password; not even the names can be read without it.
  pc7z a --volume 100m --threads 4 parts.7z video
        parts.7z.001, parts.7z.002 … of 100 MiB each, with four threads.
  pg_dump shop | pc7z a --name shop.sql shop.7z -
        What another program writes, compressed as it comes.

What --json prints (one object; sizes in bytes):
  status             \"ok\", \"skipped\", \"failed\" or \"interrupted\"
  exit_code          the exit code below
  error              why the run failed, or null
  archive            ARCHIVE, with its extension
  files              the files written, in volume order
  items_total, items_completed, items_failed
                     entries found, in the archive, and skipped
  bytes_in           what was compressed
  bytes_out          what the archive takes
  elapsed_seconds, bytes_per_second
                     time from start to end, and bytes_in over it
  size_classes       the items by size, one {\"up_to\", \"items\", \"bytes_in\", \"bytes_out\"} each:
                     up to 4 KiB, 64 KiB, 1 MiB, 16 MiB, and null for all larger ones
  blocks             solid blocks in the archive
  threads, dictionary, memory
                     worker threads and dictionary that were used, and the most memory they could need
  skipped            one {\"item\": name, \"error\": cause} for each item that is not in the archive

Exit codes:
  0     Everything is in the archive.
  1     The archive is written, but some items are not in it; each was named on standard error.
  2     Fatal error: no archive was written.
  7     The command line makes no sense.
  255   Interrupted by Ctrl-C or a signal: no archive was written.";
