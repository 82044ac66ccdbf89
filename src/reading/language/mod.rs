//! What people write in a line: lists of words and what is known of free text, as costs that a decoder adds to what the
//! ink says. Never decides alone: a list makes a reading likelier, and the reading says so.

pub mod contents;
pub mod grammar;
pub mod kind;
pub mod trie;
