//! What a statement holds, for a person or for a script; nothing is written.

use std::io::{BufWriter, Write};
use std::process::ExitCode;

use serde_json::{Value, json};
use statements::{Context, Outcome, Overrides, Row, Statement};

use crate::cli::ImportArgs;

pub fn run(
    arguments: &ImportArgs,
    bytes: &[u8],
    context: &Context,
    overrides: &Overrides,
) -> anyhow::Result<ExitCode> {
    let statement = statements::read(bytes, context, overrides)
        .map_err(|error| anyhow::anyhow!("{}: {error}", arguments.file.display()))?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.json {
        print_json(&mut out, &statement)?;
    } else {
        print_table(&mut out, &statement)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn print_json(out: &mut impl Write, statement: &Statement) -> anyhow::Result<()> {
    for row in &statement.rows {
        writeln!(out, "{}", row_json(row, statement.is_settled()))?;
    }
    let asked: Vec<Value> = statement.questions.iter().map(|q| json!(q.id)).collect();
    let closing = json!({
        "rows": statement.rows.len(),
        "period": statement.period(),
        "detected": statement.detected,
        "columns": statement.columns,
        "needs_confirmation": asked,
        "questions": statement.questions,
        "skipped": statement.skipped,
    });
    writeln!(out, "{closing}")?;
    Ok(())
}

fn row_json(row: &Row, settled: bool) -> Value {
    let amount = row.amount();
    json!({
        "line": row.line,
        "day": row.day(),
        "amount_minor": amount.map(|amount| amount.minor),
        "currency": amount.map(|amount| amount.currency),
        "payee": row.payee,
        "status": status(row, settled),
        "problem": row.problem(),
    })
}

/// What importing the row would do: until its questions are answered, a file proposes only.
fn status(row: &Row, settled: bool) -> &'static str {
    match row.outcome {
        Outcome::Booked { .. } if settled => "booked",
        Outcome::Booked { .. } => "proposed",
        Outcome::Pending { .. } => "pending",
        Outcome::Unreadable { .. } => "unreadable",
    }
}

fn print_table(out: &mut impl Write, statement: &Statement) -> anyhow::Result<()> {
    for row in &statement.rows {
        let day = row.day().map_or_else(|| "-".to_owned(), |day| day.to_string());
        let amount = row.amount().map_or_else(|| "-".to_owned(), |amount| amount.to_string());
        let note = match row.outcome {
            Outcome::Booked { .. } => String::new(),
            Outcome::Pending { .. } => "  pending".to_owned(),
            Outcome::Unreadable { .. } => {
                format!("  line {}: {}", row.line, row.problem().unwrap_or("can't be read"))
            }
        };
        let payee: String = row.payee.chars().take(48).collect();
        writeln!(out, "{day:<10}  {amount:>16}  {payee}{note}")?;
    }
    let detected = &statement.detected;
    writeln!(
        out,
        "\n{} rows, read as {}, columns parted by {:?}, {} header, decimal {:?}.",
        statement.rows.len(),
        detected.encoding,
        detected.delimiter,
        if detected.has_header { "with a" } else { "without a" },
        detected.decimal.mark(),
    )?;
    for question in &statement.questions {
        writeln!(out, "\n{}", question.text)?;
        for option in &question.options {
            writeln!(
                out,
                "  --set {}={}  {}: {}",
                json!(question.id).as_str().unwrap_or_default(),
                option.value,
                option.label,
                option.sample
            )?;
        }
    }
    Ok(())
}
