//! Running balances: if they add up, they prove which column is the amount and how it is signed.

/// A balance column that adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chain {
    /// Whether a positive amount raises the balance; nothing if the rows fit both ways.
    pub(crate) rises: Option<bool>,
    /// How many steps between two rows fit.
    pub(crate) matches: usize,
    /// How many fit the other way round: more than accidents where amounts have no signs.
    pub(crate) against: usize,
}

/// Whether each balance is the one before it plus or minus the amount.
///
/// Rows may stand newest or oldest first. A column is taken as proven when half of the steps fit to
/// the last digit and no other reading comes near: banks sort within a day as they like, and real
/// files have gaps.
pub(crate) fn chain(amounts: &[Option<i64>], balances: &[Option<i64>]) -> Option<Chain> {
    let mut steps = 0;
    let mut fits = [[0_usize; 2]; 2];
    let mut last: Option<(Option<i64>, i64)> = None;
    for (amount, balance) in amounts.iter().zip(balances) {
        let Some(balance) = *balance else {
            last = None;
            continue;
        };
        if let Some((amount_before, balance_before)) = last {
            let change = i128::from(balance) - i128::from(balance_before);
            steps += 1;
            count_fit(&mut fits[0], *amount, change);
            count_fit(&mut fits[1], amount_before, -change);
        }
        last = Some((*amount, balance));
    }
    let [oldest_first, newest_first] = fits;
    let is_oldest_first = oldest_first.iter().max() >= newest_first.iter().max();
    let [rising, falling] = match is_oldest_first {
        // Two equal steps fit in both directions, each time with another sign.
        _ if oldest_first.iter().max() == newest_first.iter().max() => {
            [oldest_first[0].max(newest_first[0]), oldest_first[1].max(newest_first[1])]
        }
        true => oldest_first,
        false => newest_first,
    };
    let matches = rising.max(falling);
    let is_proven = matches * 2 >= steps && (matches >= 2 || (matches == 1 && steps == 1));
    let rises = match (rising, falling) {
        _ if rising > falling * 2 => Some(true),
        _ if falling > rising * 2 => Some(false),
        _ => None,
    };
    is_proven.then_some(Chain { rises, matches, against: rising.min(falling) })
}

/// Counts a step that an amount explains with its sign, or turned around.
fn count_fit(fits: &mut [usize; 2], amount: Option<i64>, change: i128) {
    let Some(amount) = amount.filter(|amount| *amount != 0).map(i128::from) else { return };
    fits[0] += usize::from(change == amount);
    fits[1] += usize::from(change == -amount);
}

/// How many steps of the balance are as large as the amount, whatever their signs: what shows the
/// balance of a file that tells the sign elsewhere.
pub(crate) fn is_explained_without_sign(amounts: &[Option<i64>], balances: &[Option<i64>]) -> bool {
    let pairs: Vec<(i64, i64)> =
        amounts.iter().zip(balances).filter_map(|(a, b)| Some(((*a)?, (*b)?))).collect();
    let fits = |newest_first: bool| {
        let explained = |window: &&[(i64, i64)]| {
            let amount = if newest_first { window[0].0 } else { window[1].0 };
            amount != 0 && window[1].1.abs_diff(window[0].1) == amount.unsigned_abs()
        };
        pairs.windows(2).filter(explained).count()
    };
    let most = fits(true).max(fits(false));
    most >= 2 && most * 3 >= (pairs.len() - 1) * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(values: &[i64]) -> Vec<Option<i64>> {
        values.iter().map(|value| Some(*value)).collect()
    }

    #[test]
    fn proves_the_sign_in_either_order() {
        let amounts = some(&[-10, 25, -7]);
        let balances = some(&[90, 115, 108]);
        assert_eq!(chain(&amounts, &balances).unwrap().rises, Some(true));
        let newest_first =
            |values: &[Option<i64>]| values.iter().rev().copied().collect::<Vec<_>>();
        let found = chain(&newest_first(&amounts), &newest_first(&balances)).unwrap();
        assert_eq!(found, Chain { rises: Some(true), matches: 2, against: 0 });
        let turned = some(&[10, -25, 7]);
        assert_eq!(chain(&turned, &balances).unwrap().rises, Some(false));
        assert!(is_explained_without_sign(&some(&[10, 25, 7]), &balances));
    }

    #[test]
    fn proves_nothing_from_what_does_not_add_up() {
        assert_eq!(chain(&some(&[-10, 25, -7]), &some(&[90, 80, 300])), None);
        // Two equal rows fit both ways.
        assert_eq!(chain(&some(&[5, 5]), &some(&[100, 105])).unwrap().rises, None);
        assert_eq!(chain(&some(&[5]), &some(&[100])), None);
        assert!(!is_explained_without_sign(&[], &[]));
    }
}
