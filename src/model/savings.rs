//! 削減時間台帳: what was saved, folded from the journal.
