//! 帳票: one case, the unit of work. Its events are the truth; its state is folded from them by one pure function
//! that refuses every step the table does not name.
//!
//! `event` what can happen · `stage` where a document stands · `table` which step is legal, for whom, and whether it
//! earns credit · `fold` events to state · `settle` what a probe's answers allow to conclude.

pub mod event;
pub mod fold;
pub mod settle;
pub mod stage;
pub mod table;
