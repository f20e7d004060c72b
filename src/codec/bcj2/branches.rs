//! The branches of x86 code whose targets BCJ2 may take out: calls (`E8`), jumps (`E9`), conditional jumps (`0F 80` to `0F 8F`).

use super::Side;

/// Contexts of the bit that says whether a target was taken out.
pub(super) const CONTEXTS: usize = 2 + 256;

/// Targets further away are none but chance (7-Zip's limit): 240 MiB.
const FURTHEST: i64 = 0x0F00_0000;

/// A branch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Branch {
    /// Where the four bytes of its target are, or would be: behind the opcode.
    pub(super) place: usize,
    /// The context of its bit: one for conditional jumps, one for jumps, for calls one by the byte before.
    pub(super) context: usize,
    /// What is taken out: the target, counted from the block's beginning. `None` where it lies in no place of the branch's
    /// own file, so that the bytes are data, or of another instruction; or where none were wanted.
    pub(super) target: Option<u32>,
}

impl Branch {
    /// The stream that takes its target.
    pub(super) fn side(self) -> Side {
        if self.context < 2 { Side::Jump } else { Side::Call }
    }
}

/// Finds the branches of a block one after the other. A clone finds the same again.
#[derive(Clone)]
pub(super) struct Branches<'a> {
    block: &'a [u8],
    /// Where the block's files end.
    ends: &'a [usize],
    /// The file that is searched: its beginning; its end is the first of `ends`.
    file: usize,
    /// Where the search goes on.
    at: usize,
}

impl<'a> Branches<'a> {
    /// Of a block whose files end at `ends`: ascending, the last one at the block's end.
    pub(super) fn new(block: &'a [u8], ends: &'a [usize]) -> Self {
        Self { block, ends, file: 0, at: 0 }
    }

    /// Where the branch at `opcode` leads to, with these bytes behind it.
    fn target(&mut self, opcode: usize, bytes: [u8; 4]) -> Option<u32> {
        while let [end, rest @ ..] = self.ends
            && *end <= opcode
        {
            (self.file, self.ends) = (*end, rest);
        }
        let relative = i64::from(i32::from_le_bytes(bytes));
        let target = (opcode + 5) as i64 + relative;
        let end = *self.ends.first()? as i64;
        let leads_there = (-FURTHEST..FURTHEST).contains(&relative) && (self.file as i64..end).contains(&target);
        // Blocks are below 4 GiB: a piece holds them.
        leads_there.then_some(target as u32)
    }
}

impl Branches<'_> {
    /// The next branch, if its opcode lies before `end`; of the others targets are found, if `has_targets`.
    #[inline]
    pub(super) fn next_before(&mut self, end: usize, has_targets: bool) -> Option<Branch> {
        let block = self.block;
        let mut previous = if self.at == 0 { 0 } else { block[self.at - 1] };
        // The target of the last one may end behind that.
        let found = block[self.at.min(end)..end].iter().position(|&byte| {
            let before = std::mem::replace(&mut previous, byte);
            // Which of them it is, is asked where it is one.
            let is_branch = (byte & 0xFE == 0xE8) | ((before == 0x0F) & (byte & 0xF0 == 0x80));
            if is_branch {
                previous = before;
            }
            is_branch
        });
        let Some(found) = found else {
            self.at = self.at.max(end);
            return None;
        };
        let opcode = self.at + found;
        let context = match block[opcode] {
            0xE8 => 2 + usize::from(previous),
            0xE9 => 1,
            _ => 0,
        };
        let place = opcode + 1;
        let bytes = block.get(place..place + 4).filter(|_| has_targets);
        let target = bytes.and_then(|bytes| self.target(opcode, bytes.try_into().ok()?));
        self.at = if target.is_some() { place + 4 } else { place };
        Some(Branch { place, context, target })
    }
}
