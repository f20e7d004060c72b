//! A folder's coders and how they hang together, as read.

use super::corrupt;
use super::cursor::Cursor;
use crate::error::{Error, Result};

/// The coder's id byte says: it has properties.
const HAS_PROPERTIES: u8 = 0x20;
/// The same: numbers of inputs and outputs follow.
const IS_COMPLEX: u8 = 0x10;
/// Bits of it that no version of the format uses.
const RESERVED: u8 = 0xC0;
/// 7-Zip's own limit of coders in a folder, and of their inputs.
const MOST_CODERS: usize = 32;

/// One coder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphCoder {
    /// 7-Zip's method id.
    pub method: u64,
    /// As they are stored.
    pub properties: Vec<u8>,
    /// Inputs that it decodes from: 1, but for BCJ2.
    pub inputs: usize,
}

/// An input takes the output of a coder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bond {
    /// The input's number, counted through all coders.
    pub input: usize,
    /// The coder's.
    pub coder: usize,
}

/// Where an input's bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The output of a coder.
    Coder(usize),
    /// A packed stream, counted within the folder.
    Packed(usize),
}

/// The coders of a folder. Every input takes either one packed stream or one coder's output, every output but one is
/// taken by one input, and from that one every coder is reached once: a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph {
    /// In stored order.
    pub coders: Vec<GraphCoder>,
    pub bonds: Vec<Bond>,
    /// The input that takes each packed stream.
    pub packed: Vec<usize>,
    /// The coder whose output is the folder's.
    pub main: usize,
}

impl Graph {
    /// Reads a folder's coders.
    pub(super) fn read(cursor: &mut Cursor) -> Result<Self> {
        let coder_count = cursor.number()?;
        if coder_count == 0 || coder_count > MOST_CODERS as u64 {
            return Err(corrupt(format!("a block has {coder_count} coders")));
        }
        let coders = (0..coder_count).map(|_| read_coder(cursor)).collect::<Result<Vec<_>>>()?;
        let inputs: usize = coders.iter().map(|coder| coder.inputs).sum();
        if inputs > MOST_CODERS {
            return Err(Error::Unsupported(format!("a block whose coders have {inputs} inputs")));
        }
        let index = |cursor: &mut Cursor, end: usize| {
            let index = cursor.number()?;
            if index < end as u64 { Ok(index as usize) } else { Err(corrupt("a block's coders are bound to none")) }
        };
        let bonds = (1..coders.len())
            .map(|_| Ok(Bond { input: index(cursor, inputs)?, coder: index(cursor, coders.len())? }))
            .collect::<Result<Vec<_>>>()?;
        let packed_count = (inputs + 1).checked_sub(coders.len()).filter(|&count| count > 0);
        let packed_count = packed_count.ok_or_else(|| corrupt("a block has no packed stream"))?;
        let packed = if packed_count == 1 {
            let free = (0..inputs).find(|&input| bonds.iter().all(|bond| bond.input != input));
            vec![free.ok_or_else(|| corrupt("a block has no packed stream"))?]
        } else {
            (0..packed_count).map(|_| index(cursor, inputs)).collect::<Result<Vec<_>>>()?
        };
        let main = (0..coders.len()).find(|&coder| bonds.iter().all(|bond| bond.coder != coder));
        let main = main.ok_or_else(|| corrupt("a block's coders go in a circle"))?;
        let graph = Self { coders, bonds, packed, main };
        graph.check(inputs)?;
        Ok(graph)
    }

    /// Where input `number` (counted through all coders) comes from.
    fn source(&self, number: usize) -> Option<Input> {
        let bond = self.bonds.iter().find(|bond| bond.input == number).map(|bond| Input::Coder(bond.coder));
        bond.or_else(|| self.packed.iter().position(|&input| input == number).map(Input::Packed))
    }

    /// Where the inputs of a coder come from, in order.
    pub fn inputs(&self, coder: usize) -> impl Iterator<Item = Input> + '_ {
        let first: usize = self.coders[..coder].iter().map(|coder| coder.inputs).sum();
        // Each has one: checked when the graph was read.
        (first..first + self.coders[coder].inputs).filter_map(|number| self.source(number))
    }

    /// Every input has one source, and from the main coder every other is reached once.
    fn check(&self, inputs: usize) -> Result<()> {
        let times = |number| {
            let bound = self.bonds.iter().filter(|bond| bond.input == number).count();
            bound + self.packed.iter().filter(|&&input| input == number).count()
        };
        if (0..inputs).any(|number| times(number) != 1) {
            return Err(corrupt("an input of a block's coders has not one source"));
        }
        let mut reached = vec![false; self.coders.len()];
        let mut next = vec![self.main];
        while let Some(coder) = next.pop() {
            if std::mem::replace(&mut reached[coder], true) {
                return Err(corrupt("a block's coders go in a circle"));
            }
            next.extend(self.inputs(coder).filter_map(|input| match input {
                Input::Coder(coder) => Some(coder),
                Input::Packed(_) => None,
            }));
        }
        if reached.contains(&false) {
            return Err(corrupt("a block has coders that nothing leads to"));
        }
        Ok(())
    }
}

fn read_coder(cursor: &mut Cursor) -> Result<GraphCoder> {
    let flags = cursor.byte()?;
    let id_size = flags & 0xF;
    if flags & RESERVED != 0 || id_size > 8 {
        return Err(Error::Unsupported(format!("a coder that begins with {flags:#04x}")));
    }
    let method = cursor.take(id_size.into())?.iter().fold(0, |id, &byte| id << 8 | u64::from(byte));
    let mut inputs = 1;
    if flags & IS_COMPLEX != 0 {
        let (count, outputs) = (cursor.number()?, cursor.number()?);
        if outputs != 1 || count == 0 || count > MOST_CODERS as u64 {
            return Err(Error::Unsupported(format!("a coder of {count} inputs and {outputs} outputs")));
        }
        inputs = count as usize;
    }
    let properties = if flags & HAS_PROPERTIES != 0 {
        let size = cursor.number()?;
        cursor.take(size)?.to_vec()
    } else {
        Vec::new()
    };
    Ok(GraphCoder { method, properties, inputs })
}

#[cfg(test)]
mod tests {
    use super::super::super::folder::tests::{bcj2, coder, folder};
    use super::super::super::folder::write_folder;
    use super::*;

    fn read(bytes: &[u8]) -> Result<Graph> {
        let mut cursor = Cursor::new(bytes);
        let graph = Graph::read(&mut cursor)?;
        assert_eq!(cursor.left(), 0, "the graph ends elsewhere");
        Ok(graph)
    }

    #[test]
    fn a_chain_is_read_from_the_packed_stream_to_the_items() {
        let mut bytes = Vec::new();
        let chain = vec![coder(0x0303_0103, &[], 5), coder(0x21, &[1], 5), coder(0x06F1_0701, &[0x13, 0], 0x29)];
        write_folder(&mut bytes, &folder(chain, &[(5, 1)]));
        let graph = read(&bytes).unwrap();
        let methods: Vec<_> = graph.coders.iter().map(|coder| coder.method).collect();
        assert_eq!(methods, [0x06F1_0701, 0x21, 0x0303_0103]);
        assert_eq!(graph.main, 2);
        let inputs = |coder| graph.inputs(coder).collect::<Vec<_>>();
        assert_eq!(
            (inputs(2), inputs(1), inputs(0)),
            (vec![Input::Coder(1)], vec![Input::Coder(0)], vec![Input::Packed(0)])
        );
    }

    #[test]
    fn several_streams_are_read_as_7zip_binds_them() {
        let mut bytes = Vec::new();
        write_folder(&mut bytes, &bcj2());
        let graph = read(&bytes).unwrap();
        let inputs: Vec<_> = graph.inputs(3).collect();
        assert_eq!(graph.main, 3);
        assert_eq!(inputs, [Input::Coder(2), Input::Coder(1), Input::Coder(0), Input::Packed(1)]);
    }

    #[test]
    fn what_hangs_together_wrongly_is_refused() {
        let copy: &[u8] = &[1, 0];
        let two: &[u8] = &[2];
        for (why, tail) in [
            ("bound to itself", &[0, 0][..]),
            ("no such input", &[2, 0]),
            ("no such coder", &[0, 2]),
            ("a circle beside the main coder", &[1, 1]),
        ] {
            assert!(read(&[two, copy, copy, tail].concat()).is_err(), "{why}");
        }
        assert!(read(&[two, copy, copy, &[1, 0]].concat()).is_ok());
        assert!(read(&[0]).is_err(), "no coders");
        assert!(read(&[33]).is_err(), "too many");
        // Two inputs that want the same packed stream.
        assert!(read(&[1, 0x11, 0, 2, 1, 0, 0]).is_err());
        assert!(read(&[1, 0x11, 0, 2, 1, 0, 1]).is_ok());
        assert!(read(&[1, 0x11, 0, 1, 2]).is_err(), "two outputs");
    }
}
