//! Figures by what they are of and by period: the numbers of one row of a report.

use std::collections::{BTreeMap, HashMap};

use model::Currency;
use uuid::Uuid;

use super::{Tagged, Use};
use crate::store::Figure;

/// What was spent and earned in each of a list of periods.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tally {
    pub spent: Vec<i64>,
    pub income: Vec<i64>,
    /// How many parts of entries the figures are of.
    pub count: Vec<i64>,
}

impl Tally {
    pub(crate) fn zero(periods: usize) -> Tally {
        Tally { spent: vec![0; periods], income: vec![0; periods], count: vec![0; periods] }
    }

    fn add_figure(&mut self, used: Use, figure: &Figure) {
        let signed = |minor: i64| if used.taken_off { -minor } else { minor };
        self.spent[used.period] += signed(figure.spent);
        self.income[used.period] += signed(figure.income);
        self.count[used.period] += signed(figure.count);
    }

    pub(crate) fn add(&mut self, other: &Tally) {
        self.each_with(other, |sum, more| *sum += more);
    }

    pub(crate) fn take_off(&mut self, other: &Tally) {
        self.each_with(other, |sum, less| *sum -= less);
    }

    fn each_with(&mut self, other: &Tally, change: impl Fn(&mut i64, i64)) {
        let columns = [
            (&mut self.spent, &other.spent),
            (&mut self.income, &other.income),
            (&mut self.count, &other.count),
        ];
        for (sums, others) in columns {
            sums.iter_mut().zip(others).for_each(|(sum, other)| change(sum, *other));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count.iter().all(|count| *count == 0)
    }
}

/// Tallies by item, each currency apart.
#[derive(Default)]
pub(crate) struct Tallies(BTreeMap<Currency, HashMap<Uuid, Tally>>);

impl Tallies {
    pub(crate) fn of(figures: &[Figure], tagged: &Tagged, periods: usize) -> Tallies {
        let mut tallies = Tallies::default();
        for figure in figures {
            let by_item = tallies.0.entry(figure.currency).or_default();
            let tally = by_item.entry(figure.item).or_insert_with(|| Tally::zero(periods));
            tagged.uses[figure.run].iter().for_each(|used| tally.add_figure(*used, figure));
        }
        // What was taken off again lies outside of the periods.
        tallies.0.values_mut().for_each(|by_item| by_item.retain(|_, tally| !tally.is_empty()));
        tallies
    }

    /// Takes out the items of one currency.
    pub(crate) fn take(&mut self, currency: Currency) -> HashMap<Uuid, Tally> {
        self.0.remove(&currency).unwrap_or_default()
    }

    /// The sums of each currency.
    pub(crate) fn totals(&self, periods: usize) -> BTreeMap<Currency, Tally> {
        let total = |by_item: &HashMap<Uuid, Tally>| total(by_item.values(), periods);
        self.0.iter().map(|(currency, by_item)| (*currency, total(by_item))).collect()
    }
}

pub(crate) fn total<'a>(tallies: impl IntoIterator<Item = &'a Tally>, periods: usize) -> Tally {
    let mut total = Tally::zero(periods);
    tallies.into_iter().for_each(|tally| total.add(tally));
    total
}

/// Adds what is of a category to all that it is below. `parents` says what each lies in.
pub(crate) fn roll_up(
    by_item: &HashMap<Uuid, Tally>,
    parents: &HashMap<Uuid, Uuid>,
    periods: usize,
) -> HashMap<Uuid, Tally> {
    let mut rolled: HashMap<Uuid, Tally> = HashMap::new();
    for (item, tally) in by_item {
        // As many steps as there are categories, so that a circle would end too.
        let above = std::iter::successors(Some(*item), |item| parents.get(item).copied());
        for category in above.take(parents.len() + 1) {
            rolled.entry(category).or_insert_with(|| Tally::zero(periods)).add(tally);
        }
    }
    rolled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_counts_in_all_above() {
        let [food, market, fish, rent] = [1, 2, 3, 4].map(Uuid::from_u128);
        let parents = HashMap::from([(market, food), (fish, market)]);
        let tally = |spent| Tally { spent: vec![spent], income: vec![0], count: vec![1] };
        let own = HashMap::from([(food, tally(1)), (fish, tally(20)), (rent, tally(300))]);
        let rolled = roll_up(&own, &parents, 1);
        let spent = |item| rolled[&item].spent[0];
        assert_eq!([food, market, fish, rent].map(spent), [21, 20, 20, 300]);
    }
}
