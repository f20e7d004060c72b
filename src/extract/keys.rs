//! Keys derived from the password: once for each salt, not for each block.

use parking_lot::Mutex;

use super::limits::Limits;
use crate::codec::Monitor;
use crate::codec::aes::{self, Key};
use crate::error::{Error, Result};
use crate::job::Encryption;

/// What opens encrypted parts, and the keys made of it so far.
pub(super) struct Keys {
    secret: Option<Encryption>,
    most_rounds: u32,
    /// By rounds and salt. Few: an archive has one salt, or one for each program that added to it.
    known: Mutex<Vec<Known>>,
}

struct Known {
    cycles_power: u32,
    salt: Vec<u8>,
    key: Key,
}

/// Keys that are kept.
const MOST_KNOWN: usize = 64;

impl Keys {
    pub(super) fn new(secret: Option<Encryption>, limits: &Limits) -> Self {
        Self { secret, most_rounds: limits.key_rounds.min(aes::MAX_CYCLES_POWER), known: Mutex::default() }
    }

    /// What keys are made of.
    pub(super) fn secret(&self) -> Option<&Encryption> {
        self.secret.as_ref()
    }

    /// The key for a stream with these properties.
    ///
    /// # Errors
    /// [`Error::Password`]: there is none. [`Error::LimitExceeded`]: too many rounds. [`Error::Cancelled`].
    pub(super) fn key(&self, properties: &aes::Properties, monitor: &Monitor) -> Result<Key> {
        let password = match &self.secret {
            None => return Err(Error::Password("it is encrypted, and no password was given".into())),
            Some(Encryption::Raw { key, .. }) => return Ok(Key::raw(*key)),
            Some(Encryption::Password(password) | Encryption::Fixed { password, .. }) => password,
        };
        let power = properties.cycles_power;
        if power != aes::RAW_KEY_CYCLES_POWER && power > self.most_rounds {
            let most = self.most_rounds;
            return Err(Error::LimitExceeded(format!("the key takes 2^{power} rounds, 2^{most} are allowed")));
        }
        // Held while a key is derived: other blocks want the same one, and no caller's code runs meanwhile.
        let mut known = self.known.lock();
        if let Some(found) = known.iter().find(|known| known.cycles_power == power && known.salt == properties.salt) {
            return Ok(found.key.clone());
        }
        let key = Key::derive(password, &properties.salt, power, monitor).ok_or(Error::Cancelled)?;
        if known.len() == MOST_KNOWN {
            known.clear();
        }
        known.push(Known { cycles_power: power, salt: properties.salt.clone(), key: key.clone() });
        Ok(key)
    }
}
