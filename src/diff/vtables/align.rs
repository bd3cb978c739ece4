//! Pairs the slots of two virtual tables by the virtual functions they are for.

use super::slot_names::{Identity, matches};

/// Where each slot's function is afterwards.
pub(super) fn partners(before: &[Identity], after: &[Identity]) -> Vec<Option<usize>> {
    if in_step(before, after) {
        return (0..before.len()).map(|at| Some(at).filter(|at| *at < after.len())).collect();
    }
    let (kept_old, kept_new) = align(before, after);
    let mut kept = (0..after.len()).filter(|&at| kept_new[at]);
    let mut partners: Vec<Option<usize>> =
        kept_old.iter().map(|is_kept| is_kept.then(|| kept.next()).flatten()).collect();
    // What left its place may stand in another one.
    let mut free: Vec<usize> = (0..after.len()).filter(|&at| !kept_new[at]).collect();
    for at in (0..before.len()).filter(|&at| !kept_old[at] && !before[at].is_unknown()) {
        if let Some(found) = free.iter().position(|&other| before[at].equals(&after[other])) {
            partners[at] = Some(free.remove(found));
        }
    }
    partners
}

/// How sure two slots are the same virtual function: pure slots have no name and null slots no function, so that a
/// match with either is worth less than one by name. Zero for none.
fn score(a: &Identity, b: &Identity) -> u32 {
    match (a, b) {
        _ if !matches(a, b) => 0,
        _ if a.shares_function(b) => 8,
        _ if a.equals(b) => 4,
        _ => 1,
    }
}

/// Whether the best alignment leaves every slot that both tables have where it was.
pub(super) fn in_step(before: &[Identity], after: &[Identity]) -> bool {
    if !before.iter().zip(after).all(|(a, b)| matches(a, b)) {
        return false;
    }
    let (kept_old, kept_new) = align(before, after);
    let common = before.len().min(after.len());
    let straight: u32 = before.iter().zip(after).map(|(a, b)| score(a, b)).sum();
    let pairs = |kept: &[bool]| kept.iter().enumerate().filter(|k| *k.1).map(|k| k.0).collect::<Vec<_>>();
    let best: u32 =
        pairs(&kept_old).iter().zip(pairs(&kept_new)).map(|(&a, b)| score(&before[a], &after[b])).sum();
    straight >= best || common == 0
}

/// Marks the slots of a longest common subsequence; a certain match counts more than one by wildcard.
pub(super) fn align(before: &[Identity], after: &[Identity]) -> (Vec<bool>, Vec<bool>) {
    let (n, m) = (before.len(), after.len());
    let (mut kept_old, mut kept_new) = (vec![false; n], vec![false; m]);
    if n.saturating_mul(m) > 4_000_000 {
        return (kept_old, kept_new);
    }
    let mut best = vec![vec![0u32; m + 1]; n + 1];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            let here = score(&before[i], &after[j]);
            let with = if here > 0 { here + best[i + 1][j + 1] } else { 0 };
            best[i][j] = with.max(best[i + 1][j]).max(best[i][j + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < n && j < m {
        let here = score(&before[i], &after[j]);
        if here > 0 && best[i][j] == here + best[i + 1][j + 1] {
            (kept_old[i], kept_new[j]) = (true, true);
            (i, j) = (i + 1, j + 1);
        } else if best[i][j] == best[i + 1][j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    (kept_old, kept_new)
}
