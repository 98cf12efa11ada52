//! Lists narrowed to what is asked for, and what they come to.

use serde_json::json;
use service::testing::on_each_database;

use super::{ALONE, Home, eur};

/// A book with a few entries that differ in everything that a filter can name.
async fn varied(home: &Home<'_>) -> String {
    let bank = home.open("Bank", "EUR").await;
    let groceries = home.category("Groceries").await;
    let food = home.category("Food").await;
    let salary = home.category("Salary").await;
    let mut market = home.expense("2026-11-02", "Südmarkt", "20");
    market["category"] = json!(groceries);
    home.record(market).await;
    let mut party = home.expense("2026-11-03", "Party", "50");
    party["lines"] = json!([
        { "category": food, "amount": eur("30"), "note": "Kuchen" },
        { "category": groceries, "amount": eur("15") },
        { "amount": eur("5") },
    ]);
    home.record(party).await;
    let mut pay = home.expense("2026-11-04", "Firma", "1000");
    pay["kind"] = json!("income");
    pay["account"] = json!(bank);
    pay["category"] = json!(salary);
    home.record(pay).await;
    home.record(json!({ "kind": "transfer", "day": "2026-11-05", "amount": eur("100"),
        "account": bank, "to_account": home.cash, "title": "Withdrawal" }))
        .await;
    let mut refund = home.expense("2026-11-06", "東京駅", "-8");
    refund["status"] = json!("pending");
    refund["payee"] = json!("JR");
    home.record(refund).await;
    bank
}

#[tokio::test]
async fn a_list_is_narrowed_by_everything() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let bank = varied(&home).await;
        let (food, groceries) = (home.category("Food").await, home.category("Groceries").await);
        let salary = home.category("Salary").await;
        let jr = home.get("/payees?q=jr").await["payees"][0]["id"].as_str().unwrap().to_owned();
        let owner = home.owner;
        for (query, expected) in [
            ("from=2026-11-03&to=2026-11-04".to_owned(), vec!["Firma", "Party"]),
            (format!("account={bank}"), vec!["Withdrawal", "Firma"]),
            (format!("account={bank},{}&kind=transfer", home.cash), vec!["Withdrawal"]),
            (format!("category={food}"), vec!["Party", "Südmarkt"]),
            (format!("category={groceries}&to=2026-11-02"), vec!["Südmarkt"]),
            (format!("category={groceries}&q=party"), vec!["Party"]),
            ("category=none".to_owned(), vec!["東京駅", "Party"]),
            (format!("category={salary}&account={}", home.cash), vec![]),
            (format!("payee={jr}"), vec!["東京駅"]),
            (format!("author={owner}&kind=income"), vec!["Firma"]),
            ("min=20&max=100".to_owned(), vec!["Withdrawal", "Party", "Südmarkt"]),
            ("max=8".to_owned(), vec!["東京駅"]),
            ("q=sudm".to_owned(), vec!["Südmarkt"]),
            ("q=%E4%BA%AC%E9%A7%85".to_owned(), vec!["東京駅"]),
            ("q=kuchen".to_owned(), vec!["Party"]),
            ("q=jr".to_owned(), vec!["東京駅"]),
            ("q=100%25".to_owned(), vec![]),
            ("kind=transfer".to_owned(), vec!["Withdrawal"]),
            ("status=pending".to_owned(), vec!["東京駅"]),
            ("status=booked&kind=expense".to_owned(), vec!["Party", "Südmarkt"]),
        ] {
            assert_eq!(home.titles(&query).await, expected, "{query}");
            let totals = home.get(&format!("/transactions/totals?{query}")).await;
            assert_eq!(totals["count"], json!(expected.len()), "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn totals_take_the_parts_of_a_category() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        varied(&home).await;
        let all = home.get("/transactions/totals").await;
        assert_eq!(
            all["totals"],
            json!([{ "currency": "EUR", "income": eur("1000.00"),
            "expense": eur("62.00"), "transfers": eur("100.00") }])
        );
        for (category, expense) in [("Groceries", "35.00"), ("Food", "65.00")] {
            let id = home.category(category).await;
            let totals = home.get(&format!("/transactions/totals?category={id}")).await;
            assert_eq!(totals["totals"][0]["expense"], eur(expense), "{category}");
        }
        let salary = home.category("Salary").await;
        let totals = home.get(&format!("/transactions/totals?category={salary}")).await;
        assert_eq!(totals["totals"][0]["income"], eur("1000.00"));
        let nothing = home.get("/transactions/totals?q=nowhere").await;
        assert_eq!((&nothing["count"], &nothing["totals"]), (&json!(0), &json!([])));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_filter_hears_of_all_its_fields() {
    let deployment = service::testing::deploy(ALONE).await;
    let home = Home::new(&deployment).await;
    let query = "from=2026-02-30&account=x,y&category=food&min=1,5&kind=gift&limit=0&cursor=zz";
    let problem = home.client.get(&format!("{}/transactions?{query}", home.path)).await;
    let problem = problem.expect(422);
    let fields = problem["fields"].as_array().unwrap().iter();
    let fields: Vec<&str> = fields.map(|field| field["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["min", "from", "account", "category", "kind", "limit", "cursor"]);
    let unknown = home.client.get(&format!("{}/transactions?acount=x", home.path)).await;
    unknown.expect(422);
}

#[tokio::test]
async fn pages_of_any_filter_miss_and_repeat_nothing() {
    on_each_database(ALONE, |deployment| async move {
        let home = Home::new(&deployment).await;
        let (food, groceries) = (home.category("Food").await, home.category("Groceries").await);
        for n in 0..23 {
            // Several on a day, and the days over years: pages end within and between them.
            let day = if n < 12 {
                format!("2020-{:02}-01", 1 + n)
            } else {
                format!("2026-11-{:02}", n / 4)
            };
            let mut body = home.expense(&day, &format!("Entry {n}"), "6");
            body["lines"] = json!([
                { "category": food, "amount": eur("2") },
                { "category": groceries, "amount": eur("4"), "note": "entry" },
            ]);
            home.record(body).await;
        }
        for filter in [
            "",
            &format!("category={food}"),
            &format!("category={food}&account={}", home.cash),
            &format!("category={food}&min=6&from=2020-01-01&to=2026-11-30"),
            "q=entry",
            "payee=&min=6",
        ] {
            let mut seen = Vec::new();
            let mut cursor = String::new();
            loop {
                let query = format!("/transactions?{filter}&limit=5&cursor={cursor}");
                let page = home.get(&query).await;
                let entries = page["transactions"].as_array().unwrap();
                seen.extend(entries.iter().map(|e| e["title"].as_str().unwrap().to_owned()));
                match page["next"].as_str() {
                    Some(next) => cursor = next.to_owned(),
                    None => break,
                }
            }
            let expected: Vec<String> = (0..23).rev().map(|n| format!("Entry {n}")).collect();
            assert_eq!(seen, expected, "{filter}");
        }
    })
    .await;
}
