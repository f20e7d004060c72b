//! 7zAES: key derivation and AES-256-CBC.
