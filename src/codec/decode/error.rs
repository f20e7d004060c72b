//! Why a coder cannot be set up.

use super::names::name_or_id;

/// Why a coder cannot be set up. The text names the method.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// There is no decoder for this method here.
    #[error("{}: the method is not supported", name_or_id(*.method))]
    Unsupported {
        /// 7-Zip's id of the method.
        method: u64,
    },
    /// The coder's properties are not what the method asks for.
    #[error("{}: {why}", name_or_id(*.method))]
    Properties {
        /// 7-Zip's id of the method.
        method: u64,
        /// What is wrong with them.
        why: String,
    },
    /// The coder was given a wrong number of inputs.
    #[error("{}: {given} input streams, {expected} expected", name_or_id(*.method))]
    Streams {
        /// 7-Zip's id of the method.
        method: u64,
        /// How many inputs the method takes.
        expected: usize,
        /// How many there were.
        given: usize,
    },
}
