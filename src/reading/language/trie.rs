//! Words as a tree of characters, so that a decoder can ask which characters may come next.

/// A finished tree: nodes in one list, each with its children side by side in the order of their characters.
#[derive(Debug, Clone, Default)]
pub struct Trie {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    character: char,
    /// Children are `nodes[first..first + count]`.
    first: u32,
    count: u32,
    /// Cost of the word that ends here, in nats; `NAN` if none does.
    cost: f32,
}

/// A place in a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct At(u32);

impl Trie {
    pub const ROOT: At = At(0);

    /// Words with their costs (minus the logarithm of how likely each is). Of a word that is named twice, the cheaper
    /// counts.
    pub fn new<'a>(words: impl IntoIterator<Item = (&'a str, f32)>) -> Self {
        let mut sorted: Vec<(Vec<char>, f32)> =
            words.into_iter().filter(|(w, _)| !w.is_empty()).map(|(w, c)| (w.chars().collect(), c)).collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        sorted.dedup_by(|later, earlier| later.0 == earlier.0);
        let mut trie = Self { nodes: vec![Node { character: '\0', first: 0, count: 0, cost: f32::NAN }] };
        trie.grow(0, &sorted, 0);
        trie
    }

    /// Hangs the words, all alike up to `depth`, under a node.
    fn grow(&mut self, node: usize, words: &[(Vec<char>, f32)], depth: usize) {
        let longer = match words.first() {
            Some((word, cost)) if word.len() == depth => {
                self.nodes[node].cost = *cost;
                &words[1..]
            }
            _ => words,
        };
        let branches: Vec<_> = longer.chunk_by(|a, b| a.0[depth] == b.0[depth]).collect();
        let first = self.nodes.len();
        self.nodes[node].first = first as u32;
        self.nodes[node].count = branches.len() as u32;
        self.nodes.extend(branches.iter().map(|branch| Node {
            character: branch[0].0[depth],
            first: 0,
            count: 0,
            cost: f32::NAN,
        }));
        for (i, branch) in branches.into_iter().enumerate() {
            self.grow(first + i, branch, depth + 1);
        }
    }

    fn children(&self, at: At) -> &[Node] {
        let Some(node) = self.nodes.get(at.0 as usize) else { return &[] };
        &self.nodes[node.first as usize..][..node.count as usize]
    }

    /// How many characters may follow.
    pub fn breadth(&self, at: At) -> usize {
        self.children(at).len()
    }

    pub fn followers(&self, at: At) -> impl Iterator<Item = (char, At)> {
        let first = self.nodes.get(at.0 as usize).map_or(0, |node| node.first);
        self.children(at).iter().zip(first..).map(|(node, i)| (node.character, At(i)))
    }

    pub fn step(&self, at: At, character: char) -> Option<At> {
        let children = self.children(at);
        let place = children.binary_search_by_key(&character, |node| node.character).ok()?;
        Some(At(self.nodes[at.0 as usize].first + place as u32))
    }

    /// The cost of the word that ends here, in nats.
    pub fn word(&self, at: At) -> Option<f32> {
        self.nodes.get(at.0 as usize).map(|node| node.cost).filter(|cost| !cost.is_nan())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn cost(trie: &Trie, word: &str) -> Option<f32> {
        word.chars().try_fold(Trie::ROOT, |at, c| trie.step(at, c)).and_then(|at| trie.word(at))
    }

    #[test]
    fn a_word_that_begins_another_is_a_word_of_its_own() {
        let trie = Trie::new([("板橋", 1.0), ("板橋本町", 2.0), ("板", 3.0), ("板", 0.5)]);
        assert_eq!(cost(&trie, "板橋"), Some(1.0));
        assert_eq!(cost(&trie, "板橋本町"), Some(2.0));
        assert_eq!(cost(&trie, "板"), Some(0.5));
        assert_eq!(cost(&trie, "板橋本"), None);
        assert_eq!(trie.followers(Trie::ROOT).map(|(c, _)| c).collect::<String>(), "板");
    }

    #[test]
    fn no_words_are_an_empty_tree() {
        assert_eq!(Trie::new([]).breadth(Trie::ROOT), 0);
        assert_eq!(Trie::default().followers(Trie::ROOT).count(), 0);
    }

    proptest! {
        #[test]
        fn it_holds_exactly_the_words_it_was_given(words in prop::collection::btree_map("[あ-お]{1,4}", 0..9_u8, 0..30)) {
            let trie = Trie::new(words.iter().map(|(w, c)| (w.as_str(), f32::from(*c))));
            let mut found = BTreeMap::new();
            let mut open = vec![(String::new(), Trie::ROOT)];
            while let Some((word, at)) = open.pop() {
                if let Some(cost) = trie.word(at) {
                    found.insert(word.clone(), cost as u8);
                }
                open.extend(trie.followers(at).map(|(c, next)| (format!("{word}{c}"), next)));
            }
            prop_assert_eq!(found, words);
        }
    }
}
