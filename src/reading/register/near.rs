//! What lies together on a page.

use crate::model::value::Rect;

/// Whether less than this lies between two places, in mm, across and down.
pub(super) fn is_near(a: Rect, b: Rect, mm: f64) -> bool {
    a.x - mm < b.x + b.width && b.x < a.x + a.width + mm && a.y - mm < b.y + b.height && b.y < a.y + a.height + mm
}

/// Things in groups: each lies beside another of its group, and beside none of any other.
pub(super) fn together<T>(mut things: Vec<T>, is_beside: impl Fn(&T, &T) -> bool) -> Vec<Vec<T>> {
    let mut groups = Vec::new();
    while let Some(first) = things.pop() {
        let (mut group, mut done) = (vec![first], 0);
        while done < group.len() {
            let beside: Vec<T> = things.extract_if(.., |thing| is_beside(&group[done], thing)).collect();
            group.extend(beside);
            done += 1;
        }
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_near_across_and_down_and_not_by_one_alone() {
        let place = |x, y| Rect { x, y, width: 4.0, height: 4.0 };
        assert!(is_near(place(0.0, 0.0), place(6.0, 6.0), 3.0));
        assert!(!is_near(place(0.0, 0.0), place(6.0, 8.0), 3.0));
        assert!(!is_near(place(8.0, 0.0), place(0.0, 0.0), 3.0));
    }

    #[test]
    fn a_group_is_what_leads_from_one_to_the_next() {
        let mut groups = together(vec![1, 9, 3, 2, 7], |a: &i32, b| a.abs_diff(*b) <= 1);
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups.sort();
        assert_eq!(groups, [vec![1, 2, 3], vec![7], vec![9]]);
        assert!(together(Vec::<i32>::new(), |_, _| true).is_empty());
    }
}
