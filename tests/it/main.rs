//! Stories: what users are promised, told against the real parts.
