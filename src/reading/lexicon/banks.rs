//! Financial institutions and their branches.

use std::collections::BTreeMap;

/// A financial institution.
#[derive(Debug, Clone, PartialEq)]
pub struct Bank {
    /// Four digits.
    pub code: String,
    /// Without what kind of institution it is.
    pub name: String,
    /// 銀行, 信用金庫 and so on; empty if the name says it.
    pub kind: String,
    /// In katakana without small letters.
    pub kana: String,
}

/// A branch's name and the banks that have one of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// Without 支店.
    pub name: String,
    /// In katakana without small letters.
    pub kana: String,
    /// Seven digits each, with commas between them.
    codes: String,
}

impl Branch {
    /// Bank and branch codes, seven digits each.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.codes.split(',')
    }
}

/// Banks by what they are called, branches by name.
#[derive(Debug)]
pub struct Banks {
    banks: Vec<Bank>,
    branches: Vec<Branch>,
    by_form: BTreeMap<String, Vec<usize>>,
}

impl Banks {
    /// `None` if a code is not seven digits long.
    pub(super) fn of(banks: &[[&str; 4]], branches: &[[&str; 3]]) -> Option<Self> {
        let bank = |[code, name, kind, kana]: &[&str; 4]| Bank {
            code: (*code).to_owned(),
            name: (*name).to_owned(),
            kind: (*kind).to_owned(),
            kana: (*kana).to_owned(),
        };
        let branch = |[name, kana, codes]: &[&str; 3]| Branch {
            name: (*name).to_owned(),
            kana: (*kana).to_owned(),
            codes: (*codes).to_owned(),
        };
        let banks: Vec<Bank> = banks.iter().map(bank).collect();
        let mut branches: Vec<Branch> = branches.iter().map(branch).collect();
        // The table is in order already, so this costs one comparison a row.
        branches.sort_by(|a, b| a.name.cmp(&b.name));
        let digits = |code: &str| code.len() == 7 && code.bytes().all(|b| b.is_ascii_digit());
        if !branches.iter().flat_map(Branch::codes).all(digits) {
            return None;
        }
        let mut by_form: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, bank) in banks.iter().enumerate() {
            for form in bank.forms() {
                by_form.entry(form).or_default().push(at);
            }
        }
        Some(Self { banks, branches, by_form })
    }

    /// The institutions that are called so, with or without their kind, whole or as usually shortened.
    pub fn called<'b>(&'b self, name: &str) -> impl Iterator<Item = &'b Bank> {
        self.by_form.get(name).into_iter().flatten().map(|at| &self.banks[*at])
    }

    /// The branches of an institution by its code.
    pub fn branches_of<'b>(&'b self, bank_code: &'b str) -> impl Iterator<Item = &'b Branch> {
        self.branches.iter().filter(move |branch| branch.codes().any(|code| code.starts_with(bank_code)))
    }

    /// Every way to write every institution, with its cost: each is equally likely.
    pub fn bank_surfaces(&self) -> impl Iterator<Item = (&str, f32)> {
        let cost = (self.by_form.len() as f32).ln();
        self.by_form.keys().map(move |form| (form.as_str(), cost))
    }

    /// Every branch's name, with its cost: the share of branches that are called so.
    pub fn branch_surfaces(&self) -> impl Iterator<Item = (&str, f32)> {
        let all = self.branches.iter().flat_map(Branch::codes).count();
        self.branches.iter().map(move |b| (b.name.as_str(), (all as f32 / b.codes().count() as f32).ln()))
    }

    /// Bank and branch codes of what is called so; empty if no such bank has such a branch.
    pub fn codes(&self, bank: &str, branch: &str) -> Vec<&str> {
        let wanted: Vec<&str> = self.called(bank).map(|b| b.code.as_str()).collect();
        let whole = if branch == "本店" { "本店営業部" } else { branch };
        let mut codes: Vec<&str> = [branch, branch.strip_suffix("支店").unwrap_or(branch), whole]
            .into_iter()
            .flat_map(|form| self.branches_called(form))
            .flat_map(Branch::codes)
            .filter(|code| wanted.iter().any(|bank| code.starts_with(bank)))
            .collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    fn branches_called(&self, name: &str) -> &[Branch] {
        let from = self.branches.partition_point(|b| b.name.as_str() < name);
        let count = self.branches[from..].partition_point(|b| b.name == name);
        &self.branches[from..from + count]
    }

    /// Whether a bank has a branch. `None` if no institution is called so.
    pub fn agree(&self, bank: &str, branch: &str) -> Option<bool> {
        self.called(bank).next()?;
        Some(!self.codes(bank, branch).is_empty())
    }
}

impl Bank {
    /// How it is written: 巣鴨信用金庫, 巣鴨信金, and 巣鴨信用 where the form prints 金庫.
    fn forms(&self) -> Vec<String> {
        let ends: &[&str] = match self.kind.as_str() {
            "銀行" => &["", "銀行"],
            "信用金庫" => &["信用金庫", "信用", "信金"],
            "信用組合" => &["信用組合", "信用", "信組"],
            "労働金庫" => &["労働金庫", "労働", "労金", "ろうきん"],
            "農業協同組合" => &["農業協同組合", "農協"],
            "漁業協同組合" => &["漁業協同組合", "漁協"],
            _ => &[""],
        };
        let mut forms: Vec<String> = ends.iter().map(|end| format!("{}{end}", self.name)).collect();
        if self.kind == "農業協同組合" {
            forms.push(format!("JA{}", self.name));
        }
        forms
    }
}

#[cfg(test)]
mod tests {
    use crate::reading::lexicon::shipped;

    #[test]
    fn a_bank_is_known_by_its_whole_and_its_short_names() {
        let banks = &shipped().banks;
        for name in ["巣鴨信用金庫", "巣鴨信用", "巣鴨信金"] {
            assert_eq!(banks.called(name).map(|b| b.code.as_str()).collect::<Vec<_>>(), ["1356"], "{name}");
        }
        assert_eq!(banks.called("三菱UFJ").next().map(|b| b.code.as_str()), Some("0005"));
        assert!(banks.called("りそな銀行").eq(banks.called("りそな")));
        assert!(banks.called("巣鴨").next().is_none(), "a town is no bank");
    }

    #[test]
    fn a_branch_belongs_to_the_banks_that_have_one() {
        let banks = &shipped().banks;
        assert_eq!(banks.agree("三菱UFJ", "板橋"), Some(true));
        assert_eq!(banks.agree("三菱UFJ銀行", "板橋支店"), Some(true));
        assert_eq!(banks.agree("三菱UFJ", "巣鴨駅前通り"), Some(false));
        assert_eq!(banks.agree("どこにもない", "板橋"), None);
        assert!(banks.codes("三菱UFJ", "板橋").iter().all(|code| code.starts_with("0005")));
        assert!(banks.branches_of("1356").any(|b| b.name == "志村"));
    }

    #[test]
    fn a_name_that_many_branches_have_costs_less() {
        let banks = &shipped().banks;
        let cost = |name| banks.branch_surfaces().find(|(n, _)| *n == name).unwrap().1;
        assert!(cost("本店") < cost("板橋"));
        assert!(banks.bank_surfaces().any(|(name, _)| name == "きらぼし"));
    }
}
