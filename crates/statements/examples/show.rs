//! Prints what a bank file is read as.
//!
//!     cargo run -p statements --example show -- FILE EUR

use model::Currency;
use statements::{Context, Overrides, read};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("the path of a file");
    let code = arguments.next().unwrap_or_else(|| "EUR".to_owned());
    let context = Context::of(Currency::parse(&code).expect("a currency code"));
    let bytes = std::fs::read(&path).expect("a readable file");
    match read(&bytes, &context, &Overrides::default()) {
        Ok(statement) => {
            println!("{:#?}", statement.detected);
            for column in &statement.columns {
                println!(
                    "{:2} {:?} {:?} {:?}",
                    column.index, column.role, column.name, column.samples
                );
            }
            for question in &statement.questions {
                println!("{question:#?}");
            }
            for row in &statement.rows {
                println!(
                    "{:4} {:?} {:?} | {:?} | {:?}",
                    row.line, row.outcome, row.payee, row.description, row.balance
                );
            }
            for skipped in &statement.skipped {
                println!("{:4} skipped {:?}", skipped.line, skipped.text);
            }
        }
        Err(error) => println!("{error}"),
    }
}
